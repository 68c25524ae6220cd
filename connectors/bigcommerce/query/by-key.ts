import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route } from '../catalogue/objects.ts'
import { type GivenKeys, needsKeys, recordsOfKeys } from './given-keys.ts'
import { keysIn, templateOf } from './keys.ts'
import type { QueryOptions } from './options.ts'
import { prepareRequest, type Wanted } from './request.ts'
import type { Found } from './source.ts'
import { recordsBelow } from './sub-objects.ts'

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
  const [item] = items
  if (item !== undefined) {
    const keys = keysFor(item, wanted.options)
    throw needsKeys(
      object,
      keysIn(templateOf(item)).filter(name => !Object.hasOwn(keys, name)),
    )
  }
  return recordsByFilter(object, lists, wanted)
}

/** The keys given, with `id` under the name it has in the path. */
function keysFor({ way }: Route, { keys = {}, id }: QueryOptions): GivenKeys {
  const name = keysIn(way.itemPath ?? '').at(-1)
  return id === undefined || name === undefined ? keys : { ...keys, [name]: id }
}

/** v3 customers, for one, have no path of their own (customers.v3, read April 2026). */
function recordsByFilter(object: ObjectFacts, lists: readonly Route[], wanted: Wanted): Found {
  const { id, filters, ...options } = wanted.options
  const ids = [id ?? []].flat()
  const names = object.key === undefined ? [] : [`${object.key}:in`, ...(ids.length === 1 ? [object.key] : [])]
  const name = names.find(each => lists.some(({ operation }) => operation.parameters?.[each] !== undefined))
  if (name === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `${fullName(object)} cannot be read by id; use filters`)
  const value = name.endsWith(':in') ? ids : (ids[0] ?? '')
  const filtered = { ...wanted, options: { ...options, filters: { ...filters, [name]: value } } }
  const [list] = lists
  return list !== undefined && keysIn(templateOf(list)).length === 0 && lists.length === 1
    ? { source: prepareRequest(object, list, filtered).source({}) }
    : recordsBelow(object, lists, filtered)
}
