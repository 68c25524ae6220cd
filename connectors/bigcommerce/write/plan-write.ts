import type { DataRecord } from '../../sdk/connector.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import {
  type Call,
  chunksOf,
  groupBy,
  type Item,
  maxBatchOf,
  type Plan,
  rejected,
  roundsOf,
  type Sent,
  type Settled,
  withParameters,
} from './call.ts'
import type { Candidate } from './candidates.ts'
import type { LeftOut } from './fit.ts'
import type { Location } from './path-keys.ts'

/** A record and its place in the batch. */
export interface Numbered {
  readonly index: number
  readonly record: DataRecord
}

/** A record with a request that can write it, and where that goes. */
interface Way {
  readonly candidate: Candidate
  readonly location: Location
}

/**
 * Chooses a request for each record: lists where several records are to be written, in as few requests as possible; but
 * a request that would leave out something another one takes is not chosen. Records that fit none are settled.
 */
export function planWrite(
  object: ObjectFacts,
  candidates: readonly Candidate[],
  records: readonly Numbered[],
  onLeftOut: (left: LeftOut) => void,
): Plan {
  const settled: Settled[] = []
  const open: { readonly numbered: Numbered; readonly ways: readonly Way[] }[] = []
  for (const numbered of records) {
    const ways = waysOf(candidates, numbered.record)
    if (typeof ways === 'string') settled.push({ index: numbered.index, outcome: rejected('RECORD_INVALID', ways) })
    else open.push({ numbered, ways })
  }
  const list = records.length > 1 ? cheapestList(open.map(({ ways }) => ways)) : undefined
  const placed: Placed[] = []
  for (const { numbered, ways } of open) {
    const way =
      ways.find(({ candidate }) => candidate === list) ?? ways.find(({ candidate }) => !candidate.isBatch) ?? ways[0]
    if (way === undefined) continue
    const item = itemOf(object, numbered, way)
    if ('outcome' in item) settled.push(item)
    else {
      onLeftOut(item.left)
      placed.push({ ...way, item: item.item })
    }
  }
  return { settled, rounds: roundsOf(placed, ({ item }) => item.identity).map(round => callsOf(object, round)) }
}

/** The requests that can write a record without losing a field; or what is missing. */
function waysOf(candidates: readonly Candidate[], record: DataRecord): readonly Way[] | string {
  const ways: Way[] = []
  let missing: string | undefined
  for (const candidate of candidates) {
    const location = candidate.locate(record)
    if ('missing' in location) missing ??= location.missing
    else ways.push({ candidate, location })
  }
  if (ways.length === 0)
    return `${missing ?? 'key'}: is missing or can be no key, so nobody knows where the record belongs`
  if (ways.length === 1) return ways
  // What is a key to one request need not stand in the body of another.
  const keys = new Set(ways.flatMap(({ location }) => location.used))
  const taken = ways.map(({ candidate }) => fieldsTaken(candidate, record, keys))
  const most = Math.max(...taken)
  return ways.filter((_, place) => taken[place] === most)
}

/** How many fields of a record reach the store, as a key or in the body. */
function fieldsTaken({ takes }: Candidate, record: DataRecord, keys: ReadonlySet<string>): number {
  return Object.keys(record).filter(field => keys.has(field) || takes(field)).length
}

/** The list request that, with single requests for the rest, needs the fewest requests. */
function cheapestList(open: readonly (readonly Way[])[]): Candidate | undefined {
  const lists = new Set(open.flat().flatMap(({ candidate }) => (candidate.isBatch ? [candidate] : [])))
  let cheapest: { readonly candidate: Candidate; readonly requests: number } | undefined
  for (const candidate of lists) {
    const locations = open.flatMap(ways => ways.filter(way => way.candidate === candidate))
    const groups = groupBy(locations, ({ location }) => location.path)
    const size = maxBatchOf(candidate.route)
    let requests = open.length - locations.length
    for (const group of groups.values()) requests += Math.ceil(group.length / size)
    if (cheapest === undefined || requests < cheapest.requests) cheapest = { candidate, requests }
  }
  return cheapest?.candidate
}

interface Placed extends Way {
  readonly item: Item
}

function itemOf(
  object: ObjectFacts,
  { index, record }: Numbered,
  { candidate, location }: Way,
): Settled | { readonly item: Item; readonly left: LeftOut } {
  const fit = candidate.fit(candidate.complete(record), [...location.used, ...candidate.above])
  if (fit.tag === 'rejected') return { index, outcome: rejected('RECORD_INVALID', fit.message) }
  const { method, form } = candidate.route.operation
  const own = object.key === undefined ? undefined : record[object.key]
  const key = location.key ?? (method === 'PUT' && own !== undefined && own !== null ? String(own) : undefined)
  // A whole document is its path; refunds of one order are to be made one after the other (documents of orders v3).
  const isPath = method === 'PUT' ? form === 'one' : object.name === 'refunds'
  // In a list of prices the variant alone does not say which it is.
  const isKnown =
    method === 'PUT' && key !== undefined && (location.key !== undefined || candidate.route.way.item2Path === undefined)
  const identity = isKnown ? `#${key}` : isPath ? location.path : undefined
  const item = {
    index,
    record,
    body: fit.body,
    ...(key === undefined ? {} : { key }),
    ...(identity === undefined ? {} : { identity }),
  }
  return { item, left: fit.left }
}

function callsOf(object: ObjectFacts, placed: readonly Placed[]): readonly Call[] {
  const calls: Call[] = []
  // Of the requests an activity has each goes to a path of its own.
  for (const [path, members] of groupBy(placed, ({ location }) => location.path)) {
    const [first] = members
    if (first === undefined) continue
    const { route, parameters } = first.candidate
    const make = (items: readonly Item[]): Sent => ({
      path: withParameters(path, parameters),
      body: bodyOf(first.candidate, items),
    })
    for (const chunk of chunksOf(members, maxBatchOf(route)))
      calls.push({ object, route, make, items: chunk.map(({ item }) => item) })
  }
  return calls
}

function bodyOf({ route: { operation } }: Candidate, items: readonly Item[]): unknown {
  const bodies = items.map(({ body }) => body)
  switch (operation.form) {
    case 'array':
      return bodies
    case 'one-or-array':
      return bodies.length === 1 ? bodies[0] : bodies
    case 'holder':
      return { [operation.holder ?? 'items']: bodies }
    default:
      return bodies[0]
  }
}
