import facts from '../../catalogue/catalogue.json' with { type: 'json' }
import type { CatalogueFacts } from '../../catalogue/facts.ts'
import type { Row } from '../data/collection.ts'
import type { StoreRecords } from '../data/store.ts'
import type { Ledger } from './change.ts'
import { plainPath } from './owners.ts'
import { createResources, type Resource } from './resources.ts'
import { ruleOf } from './rules.ts'
import { createUniques } from './uniques.ts'

/** What BigCommerce's documents say, for the sandbox's own reading of it. */
export const catalogue = facts as unknown as CatalogueFacts // written by scripts/catalogue, by these very types

/** Everything writes need to know of a store. */
export function createLedger(records: StoreRecords): Ledger {
  const resources = createResources(catalogue, records)
  const children = new Map<string, Resource[]>()
  for (const resource of resources.all) {
    const above = resource.parents.at(-1)
    if (above !== undefined) children.set(above, [...(children.get(above) ?? []), resource])
  }
  return {
    resources,
    records,
    uniques: createUniques(),
    ruleOf,
    childrenOf: name => children.get(name) ?? [],
  }
}

/** All records of an object, named as in the catalogue or by the path of a list. Throws when there is no such object. */
export function rowsOf(ledger: Ledger, nameOrPath: string): readonly Row[] {
  const { collection } = findResource(ledger, nameOrPath).shelf
  return Array.from({ length: collection.size }, (_, index) => collection.make(index))
}

/** The keys of the same records, as paths have them. */
export function keysOf(ledger: Ledger, nameOrPath: string): readonly string[] {
  const { shelf, keyOf, keyKind, facts } = findResource(ledger, nameOrPath)
  const { collection } = shelf
  return Array.from({ length: collection.size }, (_, index) =>
    String(keyKind === 'field' ? collection.make(index)[facts.key ?? ''] : keyOf(collection.idAt(index))),
  )
}

function findResource({ resources }: Ledger, nameOrPath: string): Resource {
  const wanted = plainPath(nameOrPath)
  const found = resources.all.find(
    ({ name, facts: { ways } }) =>
      name === nameOrPath ||
      ways.some(({ path, itemPath }) => [path, itemPath].some(one => one !== undefined && plainPath(one) === wanted)),
  )
  if (found === undefined) throw new Error(`the sandbox has no object ${nameOrPath}`)
  return found
}
