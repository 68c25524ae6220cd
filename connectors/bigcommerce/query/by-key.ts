import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'
import { type GivenKeys, needsKeys, recordsOfKeys } from './given-keys.ts'
import type { QueryOptions } from './options.ts'
import type { Wanted } from './request.ts'
import type { Found } from './source.ts'
import { recordsOfLists } from './sub-objects.ts'

interface Routes {
  readonly items: readonly Route[]
  readonly lists: readonly Route[]
}

/** The records with the given keys, one request each; by a filter of the list where records have no path of their own. */
export function recordsByKey(object: ObjectFacts, { items, lists }: Routes, wanted: Wanted): Found {
  const [best] = items
    .map(route => ({ route, keys: keysFor(route, wanted.options), names: keysIn(templateOf(route)) }))
    .filter(({ keys, names }) => Object.keys(keys).every(name => names.includes(name)))
    .filter(({ keys, names }) => names.every(name => Object.hasOwn(keys, name)))
    .sort((a, b) => b.names.length - a.names.length)
  if (best !== undefined) return { source: recordsOfKeys(object, best.route, best.keys, wanted) }
  const filtered = recordsByFilter(object, lists, wanted)
  if (filtered !== undefined) return filtered
  const [item] = items
  const keys = item === undefined ? {} : keysFor(item, wanted.options)
  const missing = keysIn(item === undefined ? '' : templateOf(item)).filter(name => !Object.hasOwn(keys, name))
  if (missing.length > 0) throw needsKeys(object, missing)
  throw new ConnectorError('OPTIONS_INVALID', `${fullName(object)} cannot be read by such a key; use filters`)
}

/** The keys given, with `id` under the name it has in the path. */
function keysFor({ way }: Route, { keys = {}, id }: QueryOptions): GivenKeys {
  const name = keysIn(way.itemPath ?? '').at(-1)
  return id === undefined || name === undefined ? keys : { ...keys, [name]: id }
}

/** v3 customers, for one, have no path of their own (customers.v3, read April 2026). */
function recordsByFilter(object: ObjectFacts, lists: readonly Route[], wanted: Wanted): Found | undefined {
  const { id, filters, ...options } = wanted.options
  if (id === undefined) return undefined
  const ids = [id].flat()
  const name = filterNames(object, ids.length).find(each =>
    lists.some(({ operation }) => operation.parameters?.[each] !== undefined),
  )
  if (name === undefined) return undefined
  const value = name.endsWith(':in') ? ids : (ids[0] ?? '')
  return recordsOfLists(object, lists, { ...wanted, options: { ...options, filters: { ...filters, [name]: value } } })
}

/** Filters that take a key; locations call theirs `location_id:in`. */
function filterNames({ key, name }: ObjectFacts, count: number): readonly string[] {
  const ofKey = key === undefined ? [] : [`${key}:in`, ...(count === 1 ? [key] : [])]
  return [...ofKey, `${name.replace(/s$/, '').replaceAll('-', '_')}_id:in`]
}
