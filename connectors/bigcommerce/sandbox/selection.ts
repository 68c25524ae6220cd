import { setImmediate } from 'node:timers/promises'
import type { Criteria } from './criteria.ts'
import { type Collection, firstMadeAt, indexOfId, type Json, type Range, type Row } from './data/collection.ts'

/** The records a list consists of: neighbours, or positions in the order of the list. */
export type Selection = (Range & { readonly kind: 'range' }) | { readonly kind: 'picked'; readonly at: Uint32Array }

/** The order of a list, when it is not that of the ids. */
export interface Order {
  /** Names the order: two orders of one key are the same. */
  readonly key: string
  readonly isDescending: boolean
  /** Undefined: by id. */
  readonly by: ((row: Row) => Json) | undefined
}

/** What a list can be sorted by: a value out of the record that sorts as the service does, or what rises with the ids. */
export type SortKey = 'as-ids' | ((row: Row) => Json)

/** Sorting by fields as they stand in the record; dates of one ISO form sort as text. */
export function sortsBy(fields: string): { readonly [name: string]: SortKey } {
  return Object.fromEntries(
    fields.split(' ').map(field => [field, field === 'id' ? 'as-ids' : (row: Row): Json => row[field] ?? null]),
  )
}

/** The order a list is asked for; undefined: that of the ids, which needs no sorting. */
export function orderOf(name: string, key: SortKey, isDescending: boolean): Order | undefined {
  if (key !== 'as-ids') return { key: name, isDescending, by: key }
  return isDescending ? { key: 'id', isDescending, by: undefined } : undefined
}

/** What to select, from where. */
export interface SelectionRequest {
  readonly collection: Collection
  readonly criteria: Criteria
  readonly order?: Order
  /** The parts of the collection to look in, in rising order; all of it when absent. */
  readonly within?: readonly Range[]
}

/** Finds the records of a list, and remembers the last few lists that had to be searched for. */
export type Selector = (request: SelectionRequest) => Promise<Selection>

const rememberedSelections = 16
/** Records looked at before other requests get their turn. */
const scanSlice = 1000

/** A selector. The name of a collection changes with its records, so what was found once stays true. */
export function createSelector(): Selector {
  const known = new Map<string, Promise<Selection>>()
  return request => {
    const { collection, criteria, order, within } = request
    const simple = selectRange(request)
    if (simple !== undefined) return Promise.resolve(simple)
    const ranges = within?.map(({ from, to }) => `${from}-${to}`).join()
    const key = [collection.name, ranges, order?.key, order?.isDescending, criteria.key].join('|')
    const found = known.get(key) ?? select(request)
    known.delete(key)
    known.set(key, found)
    const [oldest] = known.keys()
    if (known.size > rememberedSelections && oldest !== undefined) known.delete(oldest)
    return found
  }
}

/** How many records a selection has. */
export function sizeOf(selection: Selection): number {
  return selection.kind === 'range' ? selection.to - selection.from : selection.at.length
}

/** A part of a selection. */
export function slice(selection: Selection, from: number, to: number): Selection {
  if (selection.kind === 'picked') return { kind: 'picked', at: selection.at.subarray(from, to) }
  const end = Math.min(selection.from + to, selection.to)
  return { kind: 'range', from: Math.min(selection.from + from, end), to: end }
}

function selectRange({ collection, criteria, order, within }: SelectionRequest): Selection | undefined {
  const isPlain =
    criteria.ids === undefined &&
    criteria.parents === undefined &&
    criteria.excludedIds.size === 0 &&
    criteria.tests.length === 0 &&
    order === undefined
  if (!isPlain || (within !== undefined && within.length > 1)) return undefined
  return { kind: 'range', ...cut(bounds(collection, criteria), within === undefined ? everything : within[0]) }
}

const everything: Range = { from: 0, to: Infinity }

function cut({ from, to }: Range, within: Range = { from: 0, to: 0 }): Range {
  const start = Math.max(from, within.from)
  return { from: start, to: Math.max(start, Math.min(to, within.to)) }
}

function bounds(collection: Collection, criteria: Criteria): Range {
  const ids = idBounds(collection, criteria)
  const { minMadeMs, maxMadeMs } = criteria
  const from = minMadeMs === -Infinity ? ids.from : Math.max(ids.from, firstMadeAt(collection, minMadeMs))
  const to = maxMadeMs === Infinity ? ids.to : Math.min(ids.to, firstMadeAt(collection, maxMadeMs + 1))
  return { from, to: Math.max(from, to) }
}

function idBounds(collection: Collection, { minId, maxId }: Criteria): Range {
  const from = minId === -Infinity ? 0 : collection.lowerBound(minId)
  return { from, to: maxId === Infinity ? collection.size : collection.lowerBound(maxId + 1) }
}

async function select(request: SelectionRequest): Promise<Selection> {
  const { collection, criteria, order } = request
  const at: number[] = []
  const keys: { index: number; value: Json }[] = []
  let looked = 0
  for (const index of candidates(request)) {
    if (++looked % scanSlice === 0) await setImmediate()
    if (criteria.excludedIds.size > 0 && criteria.excludedIds.has(collection.idAt(index))) continue
    if (criteria.tests.length > 0 || order?.by !== undefined) {
      const row = collection.make(index)
      if (!criteria.tests.every(test => test(row))) continue
      if (order?.by !== undefined) keys.push({ index, value: order.by(row) })
    }
    at.push(index)
  }
  if (order === undefined) return { kind: 'picked', at: Uint32Array.from(at) }
  const sign = order.isDescending ? -1 : 1
  if (order.by === undefined) return { kind: 'picked', at: Uint32Array.from(order.isDescending ? at.reverse() : at) }
  keys.sort((one, other) => sign * compare(one.value, other.value) || one.index - other.index)
  return { kind: 'picked', at: Uint32Array.from(keys, key => key.index) }
}

/** Null sorts first, as in MySQL. */
function compare(one: Json, other: Json): number {
  if (one === other) return 0
  if (one === null || other === null) return one === null ? -1 : 1
  return one < other ? -1 : 1
}

function* candidates({ collection, criteria, within }: SelectionRequest): Generator<number> {
  const bound = bounds(collection, criteria)
  const parents = criteria.parents && childRanges(collection, criteria.parents)
  const ranges = (within ?? parents ?? [everything]).map(range => cut(bound, range))
  if (criteria.ids !== undefined) {
    const picked = criteria.ids.map(id => indexOfId(collection, id)).filter(index => index !== undefined)
    yield* [...new Set(picked)]
      .filter(index => isWithin(index, ranges) && (parents === undefined || isWithin(index, parents)))
      .sort((one, other) => one - other)
    return
  }
  for (const { from, to } of ranges) {
    for (let index = from; index < to; index++) {
      if (within === undefined || parents === undefined || isWithin(index, parents)) yield index
    }
  }
}

/** Whether a position lies in one of the ranges. */
export function isWithin(index: number, ranges: readonly Range[]): boolean {
  return ranges.some(({ from, to }) => index >= from && index < to)
}

function childRanges(collection: Collection, parents: readonly number[]): readonly Range[] {
  return [...new Set(parents)].flatMap(id => collection.under?.(id) ?? []).sort((one, other) => one.from - other.from)
}
