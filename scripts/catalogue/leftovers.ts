import type { CatalogueFacts, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import * as overlay from './overlay.ts'
import { scopes as scopesOfPaths } from './overlay-scopes.ts'
import { shapeOf } from './resources.ts'

/** Paths for which several scopes are named and nothing says which is meant. */
export function ambiguousScopes({ objects, scopes }: CatalogueFacts): readonly string[] {
  const isOpen = ({ scopes: own, document }: Way) => {
    const { modify = [], read = [] } = scopes[own ?? document] ?? {}
    return modify.length > 1 || read.length > 1
  }
  return objects.flatMap(({ ways }) => ways.filter(isOpen).map(way => way.path ?? way.itemPath ?? ''))
}

/** Entries of the overlay that no document needs any more: mistyped, or mended by BigCommerce. */
export function unusedCorrections(facts: CatalogueFacts): readonly string[] {
  const known = namesIn(facts)
  const { commands, lists, inData, keysets, noTwins, upserts } = overlay
  const { batches, bodiesOfDeletes, concurrencies, holders, keys, names, optionalParameters, parameterTypes, twins } =
    overlay
  const { answerTypes, requiredFields } = overlay
  const tables = [
    ...[answerTypes, batches, bodiesOfDeletes, concurrencies, holders, keys, names],
    ...[optionalParameters, parameterTypes, requiredFields],
  ]
  const entries = [
    ...[commands, lists, inData, keysets, noTwins, upserts].flat(),
    ...tables.flatMap(table => Object.keys(table)),
    ...Object.entries(twins).flat(),
    ...Object.keys(scopesOfPaths),
  ]
  return [...new Set(entries.filter(entry => !known.has(entry)))].sort()
}

/** Shapes of all paths, with and without a method, and of the paths above them. */
function namesIn({ objects, notCovered }: CatalogueFacts): ReadonlySet<string> {
  const requests = objects.flatMap(({ ways }) => ways.flatMap(requestsOf))
  const others = notCovered.flatMap(({ path, methods }) => methods.map(method => ({ path, method })))
  return new Set(
    [...requests, ...others].flatMap(({ path, method }) => {
      const shape = shapeOf(path)
      const steps = shape.split('/')
      const above = steps.map((_, index) => steps.slice(0, index + 1).join('/'))
      return [...above, `${method} ${shape}`]
    }),
  )
}

function requestsOf({ path = '', itemPath = '', item2Path = '', operations }: Way) {
  const paths = { item: itemPath, item2: item2Path }
  return operations.map(({ method, at }) => ({ method, path: at === undefined ? path : paths[at] }))
}
