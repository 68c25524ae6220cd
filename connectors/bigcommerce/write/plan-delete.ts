import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { FactSchema, ObjectFacts, Operation } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import {
  type Call,
  chunksOf,
  groupBy,
  type Item,
  type Plan,
  rejected,
  roundsOf,
  type Settled,
  usualBatch,
  withParameters,
} from './call.ts'
import { checkKeys, parametersOf } from './candidates.ts'
import { type DeleteFilter, deleteFilterOf } from './delete-filter.ts'
import type { WriteOptions } from './options.ts'
import { isKey, locate } from './path-keys.ts'
import type { Numbered } from './plan-write.ts'
import { alternativesOf, propertiesOf } from './request-schema.ts'
import { asTyped, typed } from './typed.ts'

/** A request that can delete records of an object, and how it names them. */
export interface Deleter {
  readonly route: Route
  readonly filter?: DeleteFilter
  /** Most records in one request. */
  readonly size: number
}

const usualSize = 50

/**
 * The requests by which records of an object can be deleted; never one that deletes everything. Throws OBJECT_UNKNOWN
 * when it has none, OPTIONS_INVALID when it has only such as are not covered.
 */
export function deletersOf(object: ObjectFacts, options: WriteOptions): readonly Deleter[] {
  const name = fullName(object)
  const routes = routesOf(object, 'Delete')
  if (routes.length === 0) throw new ConnectorError('OBJECT_UNKNOWN', `${name} has no activity Delete`)
  const deleters = routes.flatMap(route => deleterOf(object, route))
  if (deleters.length === 0)
    throw new ConnectorError(
      'OPTIONS_INVALID',
      `${name}: no request deletes single records of it, which is not covered`,
    )
  checkKeys(name, routes, options)
  return deleters
}

function deleterOf(object: ObjectFacts, route: Route): readonly Deleter[] {
  const { operation } = route
  switch (operation.form) {
    case 'item':
    case 'singleton':
      return [{ route, size: 1 }]
    case 'body':
      return [{ route, size: listIn(operation) === undefined ? 1 : (operation.maxBatch ?? usualBatch) }]
    case 'filter': {
      const filter = deleteFilterOf(object, operation)
      if (filter === undefined) return []
      return [{ route, filter, size: filter.isList ? (operation.maxBatch ?? usualSize) : 1 }]
    }
    default:
      return []
  }
}

/** Where the keys stand in the body of a DELETE: it is the list, or a field of it holds it; undefined: no list at all. */
function listIn({ body = {} }: Operation): { readonly field?: string; readonly types: readonly unknown[] } | undefined {
  const [schema = {}] = alternativesOf(body)
  const typesIn = ({ items = {} }: FactSchema) => alternativesOf(items as FactSchema).map(({ type }) => type)
  if (schema['type'] === 'array') return { types: typesIn(schema) }
  const found = Object.entries(propertiesOf(schema)).find(([, property]) => property['type'] === 'array')
  return found === undefined ? undefined : { field: found[0], types: typesIn(found[1]) }
}

/** Plans deletions: many records by one request where there is one, each by its own else. */
export function planDelete(
  object: ObjectFacts,
  deleters: readonly Deleter[],
  records: readonly Numbered[],
  options: WriteOptions,
): Plan {
  const settled: Settled[] = []
  const placed: Placed[] = []
  const preferred = [...deleters].sort((a, b) => (records.length > 1 ? b.size - a.size : a.size - b.size))
  for (const numbered of records) {
    const way = placeOf(object, preferred, numbered, options)
    if ('outcome' in way) settled.push(way)
    else placed.push(way)
  }
  return {
    settled,
    rounds: roundsOf(placed, ({ item }) => item.identity).map(round => callsOf(object, round, options)),
  }
}

interface Placed {
  readonly deleter: Deleter
  readonly path: string
  /** Filters that are the same for all records of a request. */
  readonly fixed: readonly (readonly [string, string])[]
  readonly item: Item
}

function placeOf(
  object: ObjectFacts,
  deleters: readonly Deleter[],
  { index, record }: Numbered,
  options: WriteOptions,
): Placed | Settled {
  let missing: string | undefined
  for (const deleter of deleters) {
    const location = locate(object, deleter.route, record, options.keys ?? {})
    if ('missing' in location) {
      missing ??= location.missing
      continue
    }
    const named = nameRecord(object, deleter, record, options.keys ?? {})
    if ('missing' in named) {
      missing ??= named.missing
      continue
    }
    const { path } = location
    const key = location.key ?? named.key
    const { fixed, body } = named
    const item = { index, record, body, identity: `${path}#${key ?? ''}`, ...(key === undefined ? {} : { key }) }
    return { deleter, path, fixed, item }
  }
  const message = `${missing ?? 'key'}: is missing or can be no key, so nobody knows what to delete`
  return { index, outcome: rejected('RECORD_INVALID', message) }
}

type Keys = NonNullable<WriteOptions['keys']>

interface Named {
  readonly fixed: readonly (readonly [string, string])[]
  readonly key?: string
  readonly body: JsonValue | undefined
}

/** How a request names the record: by its path only, in a filter, or in its body. */
function nameRecord(
  object: ObjectFacts,
  { route: { operation }, filter }: Deleter,
  record: DataRecord,
  keys: Keys,
): Named | { readonly missing: string } {
  if (filter !== undefined) return filter.name(record)
  const list = operation.form === 'body' ? listIn(operation) : undefined
  if (list !== undefined) {
    const field = object.key ?? 'id'
    const key = record[field]
    if (!isKey(key)) return { missing: field }
    return { fixed: [], key: String(key), body: typed(key, list.types) }
  }
  if (operation.body === undefined) return nameByParameters(operation, record, keys)
  const [schema = {}] = alternativesOf(operation.body)
  const sent = Object.keys(propertiesOf(schema)).filter(name => isKey(record[name]))
  const [first] = Object.keys(propertiesOf(schema))
  // Without a body a collection would be deleted as a whole; the version of a cart may be left out.
  if (sent.length === 0 && operation.form === 'body') return { missing: first ?? 'key' }
  if (sent.length === 0) return { fixed: [], body: undefined }
  return {
    fixed: [],
    body: Object.fromEntries(sent.map(name => [name, asTyped(record[name] ?? null, name, [schema])])),
  }
}

/** Parameters the request cannot do without, like the channel of an e-mail template. */
function nameByParameters(
  { required = [] }: Operation,
  record: DataRecord,
  keys: Keys,
): Named | { readonly missing: string } {
  const open = required.filter(name => keys[name] === undefined)
  const missing = open.find(name => !isKey(record[name]))
  if (missing !== undefined) return { missing }
  return { fixed: open.map(name => [name, String(record[name])]), body: undefined }
}

function callsOf(object: ObjectFacts, placed: readonly Placed[], { keys = {} }: WriteOptions): readonly Call[] {
  const calls: Call[] = []
  for (const members of groupBy(placed, ({ path, fixed }) => JSON.stringify([path, fixed])).values()) {
    const [first] = members
    if (first === undefined) continue
    const { deleter, path, fixed } = first
    const { route, filter } = deleter
    const parameters = parametersOf(route, keys)
    const make = (items: readonly Item[]) => ({
      path: withParameters(path, [...parameters, ...fixed, ...(filter?.list(items) ?? [])]),
      ...bodyOf(route, items),
    })
    for (const items of chunksOf(members, deleter.size).flatMap(chunk =>
      withinUrl(
        chunk.map(({ item }) => item),
        make,
      ),
    ))
      calls.push({ object, route, make, items })
  }
  return calls
}

function bodyOf({ operation }: Route, items: readonly Item[]): { readonly body?: unknown } {
  const list = operation.form === 'body' ? listIn(operation) : undefined
  const bodies = items.map(({ body }) => body)
  if (list === undefined) return bodies[0] === undefined || operation.form === 'filter' ? {} : { body: bodies[0] }
  return { body: list.field === undefined ? bodies : { [list.field]: bodies } }
}

/** Proxies and servers refuse long URLs; BigCommerce states no limit. */
const maxUrlLength = 2_000

function withinUrl(
  items: readonly Item[],
  make: (items: readonly Item[]) => { readonly path: string },
): readonly (readonly Item[])[] {
  if (items.length <= 1 || make(items).path.length <= maxUrlLength) return [items]
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)].flatMap(half => withinUrl(half, make))
}
