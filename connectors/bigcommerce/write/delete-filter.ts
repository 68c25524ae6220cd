import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import type { ObjectFacts, Operation } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'
import type { Item } from './call.ts'
import { isKey } from './path-keys.ts'

/** How a DELETE with filters names records. */
export interface DeleteFilter {
  /** Several records fit into one request. */
  readonly isList: boolean
  /** What names one record, or the field that it lacks. */
  name(record: DataRecord): NamedByFilter | { readonly missing: string }
  /** The parameters that name several. */
  list(items: readonly Item[]): readonly (readonly [string, string])[]
}

interface NamedByFilter {
  readonly fixed: readonly (readonly [string, string])[]
  readonly key: string
  readonly body: string
}

/** Fields that name a record: the first ones are the same for a whole request, the last is listed. */
interface Naming {
  readonly fixed: readonly string[]
  readonly listed: string
}

/**
 * Records known by two fields, and those whose key is not the filter's name. All filters of a request have to hold, and
 * lists of two of them would match every combination.
 */
const namings: { readonly [object: string]: Naming } = {
  'product-category-assignments': { fixed: ['product_id'], listed: 'category_id' },
  'product-channel-assignments': { fixed: ['product_id'], listed: 'channel_id' },
  'price-lists/records': { fixed: ['currency'], listed: 'variant_id' },
  'tree-categories': { fixed: [], listed: 'category_id' },
}

/** How a filter DELETE names the records of an object; undefined when it cannot name single ones. */
export function deleteFilterOf(object: ObjectFacts, { parameters = {} }: Operation): DeleteFilter | undefined {
  const key = object.key ?? 'id'
  const inLists = Object.keys(parameters).filter(name => name.endsWith(':in'))
  const naming = namings[fullName(object)]
  const parameter =
    naming === undefined
      ? (inLists.find(name => name === `${key}:in`) ?? (parameters[key] === undefined ? inLists[0] : key))
      : `${naming.listed}:in`
  if (parameter === undefined) return undefined
  const field = parameter.replace(/:in$/, '')
  const fixed = naming?.fixed ?? []
  return {
    isList: parameter.endsWith(':in'),
    name(record) {
      const missing = fixed.find(name => !fits(record[name], named([name, ''])[0]))
      if (missing !== undefined) return { missing }
      // The filter of locations is location_id, their records hold it as id.
      const value = record[object.key === undefined ? field : key] ?? record[field]
      if (!fits(value, parameter)) return { missing: object.key ?? field }
      return {
        fixed: fixed.map(name => [name, String(record[name])] as const).map(named),
        key: String(value),
        body: String(value),
      }
    },
    list: items => [[parameter, items.map(({ key: each }) => each ?? '').join(',')]],
  }

  // A comma would make two of one, and nobody knows what the store makes of a filter it cannot read.
  function fits(value: JsonValue | undefined, filter: string): value is string | number {
    const type = parameters[filter]
    if (!isKey(value) || String(value).includes(',')) return false
    return (type !== 'integer' && type !== 'integers') || /^\d+$/.test(String(value))
  }

  function named([name, value]: readonly [string, string]): readonly [string, string] {
    return [parameters[name] === undefined ? `${name}:in` : name, value]
  }
}
