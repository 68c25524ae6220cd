import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { catalogue, fullName, type Route, routesOf } from '../catalogue/objects.ts'
import { collectionAbove, isSamePath, type Keys, keysIn, templateOf } from '../paths.ts'
import { propertiesOf } from '../schemas.ts'
import { fanOut } from './fan-out.ts'
import { type GivenKeys, needsKeys, recordsOfKeys } from './given-keys.ts'
import { partsOf, wholePartOf } from './included.ts'
import { filterNamesOf, prepareRequest, readAheadOf, type Wanted } from './request.ts'
import type { Found, Reader, Source } from './source.ts'

/** A way to records that lie below others, not yet prepared. */
interface Way {
  readonly route: Route
  find(): Found
}

/** The records of an object's lists. Throws OPTIONS_INVALID. */
export function recordsOfLists(object: ObjectFacts, lists: readonly Route[], wanted: Wanted): Found {
  const [list] = lists
  const isPlain = lists.length === 1 && wanted.options.keys === undefined
  return list !== undefined && isPlain && keysIn(templateOf(list)).length === 0
    ? { source: prepareRequest(object, list, wanted).source({}) }
    : recordsBelow(object, lists, wanted)
}

/**
 * The records of a sub-object by as few requests as can be. With the keys of all records above: one request for each.
 * Without: from the list of the whole store where there is one, else together with the records above where these bring
 * them whole, else one request for each of them. Filters decide where only one of the lists has them.
 */
function recordsBelow(object: ObjectFacts, lists: readonly Route[], wanted: Wanted): Found {
  const { keys = {}, filters = {} } = wanted.options
  const below = lists.filter(route => keysIn(templateOf(route)).length > 0)
  const storeWide = lists
    .filter(route => keysIn(templateOf(route)).length === 0)
    .flatMap(route => storeWideWay(object, route, below[0], wanted))
  const isComplete = below.some(route => keysIn(templateOf(route)).every(key => Object.hasOwn(keys, key)))
  const direct = below.map(route => ({ route, find: () => recordsOfParents(object, route, keys, wanted) }))
  const ways: readonly Way[] = isComplete ? [...direct, ...storeWide] : [...storeWide, ...direct]
  const names = Object.keys(filters)
  const way = ways.find(({ route }) => names.every(name => filterNamesOf(route.operation).includes(name))) ?? ways[0]
  if (way === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `${fullName(object)} have no list for keys; use filters`)
  return way.find()
}

/** The list of the whole store; none when it cannot be held to the given keys, or needs a filter that is not given. */
function storeWideWay(
  object: ObjectFacts,
  route: Route,
  below: Route | undefined,
  { options, ...wanted }: Wanted,
): readonly Way[] {
  const { keys = {}, filters = {}, ...others } = options
  const { parameters = {}, required = [], record } = route.operation
  const byKeys = Object.entries(keys).map(([key, value]) => [`${key}:in`, [value].flat()] as const)
  if (!byKeys.every(([name]) => parameters[name] !== undefined)) return []
  if (!required.every(name => Object.hasOwn(filters, name))) return []
  const restricted = { ...others, filters: { ...filters, ...Object.fromEntries(byKeys) } }
  const find = (): Found => {
    const source = prepareRequest(object, route, { ...wanted, options: restricted }).source({})
    const key = below === undefined ? undefined : keysIn(templateOf(below)).at(-1)
    const known = propertiesOf(record)
    // Metafields name what they belong to only in general terms.
    const isGeneral = key !== undefined && known[key] === undefined && known['resource_id'] !== undefined
    return {
      source: isGeneral ? renamed(source, 'resource_id', key) : source,
      ...(below === undefined ? {} : { way: 'from the list of the whole store' }),
    }
  }
  return [{ route, find }]
}

function renamed(source: Source, from: string, to: string): Source {
  return async function* (position, reader) {
    for await (const portion of source(position, reader))
      yield { ...portion, records: portion.records.map(record => ({ [to]: record[from] ?? null, ...record })) }
  }
}

function recordsOfParents(object: ObjectFacts, route: Route, keys: GivenKeys, wanted: Wanted): Found {
  const template = templateOf(route)
  const names = keysIn(template)
  const missing = names.filter(name => !Object.hasOwn(keys, name))
  if (missing.length === 0) return { source: recordsOfKeys(object, route, keys, wanted) }
  const last = names.at(-1) ?? ''
  if (!missing.includes(last)) throw needsKeys(object, missing)
  const parent = parentOf(object, template)
  if (parent === undefined) throw needsKeys(object, [last])
  return together(object, route, parent, wanted) ?? oneByOne(object, route, { parent, keys, wanted })
}

/** What lies above records, and how it is listed. */
export interface Parent {
  readonly object: ObjectFacts
  readonly route: Route
  /** The field with its key. */
  readonly key: string
}

/** The list of the records above, by its path; `/v3/orders/{}/…` has none, then by its name. */
export function parentOf({ parent }: ObjectFacts, template: string): Parent | undefined {
  const above = collectionAbove(template)
  const lists = catalogue.objects.flatMap(object =>
    routesOf(object, 'Query')
      .filter(({ operation }) => operation.form === 'list')
      .map(route => ({ object, route, key: object.key ?? 'id' })),
  )
  const found = lists.find(({ route }) => isSamePath(templateOf(route), above))
  if (found !== undefined || keysIn(template).length > 1) return found
  return lists.find(({ object, route }) => {
    const isTop = object.parent === undefined && keysIn(templateOf(route)).length === 0
    return isTop && object.name === parent
  })
}

/** The records as parts of those above, when these bring all of them. */
function together(object: ObjectFacts, route: Route, parent: Parent, { options }: Wanted): Found | undefined {
  const part = wholePartOf(templateOf(parent.route), object.name)
  const isPlain = [options.filters, options.include, options.sort, options.direction].every(each => each === undefined)
  if (part === undefined || !isPlain) return undefined
  const { pageSize = fewerParents(options.limit), readAhead } = options
  const request = prepareRequest(parent.object, parent.route, {
    options: { object: parent.object.name, include: [part], ...defined({ pageSize, readAhead }) },
    fields: [parent.key],
  })
  const [carried = ''] = keysIn(templateOf(route))
  return {
    source: partsOf(request.source({}), part, { parent: parent.key, carried }),
    way: `together with the ${fullName(parent.object)} (include=${part})`,
  }
}

/** For a few parts whole pages of parents are too much; but many parents may have none. */
const leastParents = 50

function fewerParents(limit: number | undefined): number | undefined {
  return limit === undefined ? undefined : Math.max(limit, leastParents)
}

function defined(options: { readonly pageSize: number | undefined; readonly readAhead: number | undefined }) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    pageSize?: number
    readAhead?: number
  }
}

interface FanOutNeeds {
  readonly parent: Parent
  readonly keys: GivenKeys
  readonly wanted: Wanted
}

/** One list for each of the records above, of which no more than the keys is asked for. */
function oneByOne(object: ObjectFacts, route: Route, { parent, keys, wanted }: FanOutNeeds): Found {
  const names = keysIn(templateOf(route))
  const parentNames = keysIn(templateOf(parent.route))
  const request = prepareRequest(object, route, { ...wanted, readAhead: 1 })
  const above = parentRecords(parent, keys, wanted)
  const keysOf = (record: DataRecord): Keys =>
    Object.fromEntries(names.map((name, index) => [name, keyValue(record[parentNames[index] ?? parent.key])]))
  return {
    source: fanOut({
      parents: above,
      branchOf: record => {
        const values = keysOf(record)
        return { source: request.source(values), key: values, carried: values }
      },
      ahead: readAheadOf(wanted, route.operation),
      whenGone: (gone, all, reader) => tellGone({ gone, all, object, parent }, reader),
    }),
    way: `by one request for each of the ${fullName(parent.object)}`,
  }
}

function parentRecords(parent: Parent, keys: GivenKeys, { options: { readAhead } }: Wanted): Source {
  const options = { object: parent.object.name, ...defined({ pageSize: undefined, readAhead }) }
  const wanted: Wanted = { options, fields: [parent.key], readAhead: 1 }
  return keysIn(templateOf(parent.route)).length === 0
    ? prepareRequest(parent.object, parent.route, wanted).source({})
    : recordsOfParents(parent.object, parent.route, keys, wanted).source
}

function keyValue(value: JsonValue | undefined): string | number {
  return typeof value === 'number' ? value : String(value)
}

interface Gone {
  readonly gone: number
  readonly all: number
  readonly object: ObjectFacts
  readonly parent: Parent
}

function tellGone({ gone, all, object, parent }: Gone, { context }: Reader): void {
  const level = gone === all ? 'warning' : 'info'
  context.tell(
    level,
    `${fullName(object)}: the store knows none (404) for ${gone} of ${all} ${fullName(parent.object)}; they are left out`,
  )
}
