import type { DataRecord } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import { encoded } from './chunks.ts'
import type { IdRange } from './id-range.ts'
import { inOrder } from './in-order.ts'
import { ask, askForPage, type ListAnswer, type StoreList, type WaitingPage } from './list.ts'
import type { Portion, Reader, SourcePosition } from './source.ts'

/*
 * Reading a list in the order of its ids while it changes.
 *
 * After the first page the highest id is asked for. What comes later is bounded by it, and begins behind the last id
 * that was read; its pages are fetched by number, several at once. Each page is a slice of the list as it was at one
 * moment, so only the border between two slices can hide a record: deletions move what follows one place forward. A
 * border is closed when its ids are neighbours, or when both answers tell the same total of a list that can only
 * shrink. Any other border is read again, by the ids between. What comes twice has an id that was passed already.
 *
 * So a deletion costs a request, an insertion none, and a quiet list as many as it has pages, and one more.
 */

/** A list that comes in the order of its ids. */
export interface AscendingList extends StoreList {
  readonly ids: IdRange
}

/** What is left to read: ids from `after` on, without it, up to `to`; without `to` up to the end. */
interface Stretch {
  readonly after: number
  readonly to?: number
}

/** After the last page; distinct from every position that makes a request. */
const end: SourcePosition = { end: true }

/** Reads a list in the order of its ids. */
export async function* ascendingPages(
  list: AscendingList,
  from: SourcePosition | undefined,
  reader: Reader,
): AsyncGenerator<Portion> {
  if (from !== undefined) return yield* stretchPages(list, parsePosition(from), reader)
  const { ids } = list
  const first = await ask(list, `${bounds(ids, ids.from, ids.to)}limit=${list.pageSize}&page=1&`, reader)
  const { records, total } = first
  const told = total === undefined ? {} : { total }
  const isWhole = isLastPage(first, 1, list)
  if (isWhole && records.length > 0) yield { records, next: end, ...told }
  if (isWhole) return
  const after = lastId(list, records)
  const isEnough = records.length >= reader.most
  const highest = ids.to ?? (isEnough ? undefined : await highestId(list, total, reader))
  const stretch = { after, ...(highest === undefined || highest < after ? {} : { to: highest }) }
  yield { records, next: { ...stretch }, ...told }
  if (!ids.onlyShrinks && !isV2(list)) reader.note(mayMiss(list))
  const served = { ...list, pageSize: Math.min(first.perPage ?? list.pageSize, list.pageSize) }
  yield* stretchPages(served, stretch, { ...reader, most: reader.most - records.length }, total)
}

function mayMiss({ path }: StoreList): string {
  return `${path}: when one record ceases to match the filters and another begins to, both in the moment between two pages, a third may be missed`
}

/** `totalBefore` is that of the page before the stretch: it tells how many pages there are. */
async function* stretchPages(
  list: AscendingList,
  stretch: Stretch,
  reader: Reader,
  totalBefore?: number,
): AsyncGenerator<Portion> {
  // v2 tells no totals: most borders would have to be read again.
  if (isV2(list)) return yield* oneByOne(list, stretch, stretch.to, reader)
  const { ids, pageSize } = list
  const query = `${bounds(ids, stretch.after + 1, stretch.to)}limit=${pageSize}&`
  const fetch = (page: number, signal: AbortSignal) =>
    askForPage(list, query, page, { ...reader, context: { ...reader.context, signal } })
  const left = totalBefore === undefined ? undefined : Math.ceil((totalBefore - pageSize) / pageSize)
  const range = {
    from: 1,
    to: Math.min(left ?? 1, Math.ceil(reader.most / pageSize)),
    ahead: list.readAhead,
    aheadAtFirst: list.readAheadAtFirst,
    weigh: ({ bytes }: WaitingPage) => bytes,
    signal: reader.context.signal,
  }
  let at = stretch.after
  let before: number | undefined
  let total: number | undefined
  for await (const waiting of inOrder(range, fetch)) {
    const page = waiting.open()
    if (page.records.length === 0) break
    const records = page.records.filter(record => idOf(list, record) > at)
    const [first] = records
    if (page.page > 1 && first !== undefined && !isClosed(list, { at, before, total: page.total, stretch }, first))
      yield* oneByOne(list, { ...stretch, after: at }, idOf(list, first) - 1, reader)
    if (records.length > 0) {
      at = lastId(list, records)
      yield { records, next: { ...stretch, after: at } }
    }
    if (isLastPage(page, page.page, list)) return
    before = page.total
    total = page.total
  }
  // More than the first answer told, or fewer at the end than were behind it: go on from the last id.
  if (stretch.to === undefined || at < stretch.to)
    yield* left === undefined && total !== undefined
      ? stretchPages(list, { ...stretch, after: at }, reader, total)
      : oneByOne(list, { ...stretch, after: at }, stretch.to, reader)
}

/** Reads from the last id on, one request after the other, up to `to`. */
async function* oneByOne(
  list: AscendingList,
  stretch: Stretch,
  to: number | undefined,
  reader: Reader,
): AsyncGenerator<Portion> {
  for (let at = stretch.after; to === undefined || at < to; ) {
    const answer = await ask(list, `${bounds(list.ids, at + 1, to)}limit=${list.pageSize}&page=1&`, reader)
    if (answer.records.length === 0) return
    const passed = at
    const records = answer.records.filter(record => idOf(list, record) > passed)
    if (records.length === 0)
      throw new ConnectorError('RESPONSE_INVALID', `GET ${list.path}: the store does not heed ${list.ids.min}`)
    at = lastId(list, records)
    yield { records, next: { ...stretch, after: at } }
    if (isLastPage(answer, 1, list)) return
  }
}

interface Border {
  /** The last id before it. */
  readonly at: number
  readonly before: number | undefined
  readonly total: number | undefined
  readonly stretch: Stretch
}

/** Whether no record can lie between two slices. */
function isClosed(list: AscendingList, { at, before, total, stretch }: Border, first: DataRecord): boolean {
  if (idOf(list, first) === at + 1) return true
  const canGrow = list.ids.onlyShrinks && stretch.to === undefined
  return total !== undefined && total === before && !canGrow
}

/** The highest id there is now; undefined when the list cannot tell it. */
async function highestId(list: AscendingList, total: number | undefined, reader: Reader): Promise<number | undefined> {
  const { ids } = list
  if (ids.descending === undefined && total === undefined) return undefined
  const { records } =
    ids.descending === undefined
      ? await ask(list, `${bounds(ids, ids.from)}limit=1&page=${total}&`, reader)
      : await ask({ ...list, parameters: encoded(ids.descending) }, `${bounds(ids, ids.from)}limit=1&page=1&`, reader)
  const [last] = records
  return last === undefined ? undefined : idOf(list, last)
}

function isLastPage({ records, total, perPage }: ListAnswer, page: number, { pageSize }: AscendingList): boolean {
  if (records.length === 0) return true
  const size = Math.min(perPage ?? pageSize, pageSize)
  return total === undefined ? records.length < size : (page - 1) * size + records.length >= total
}

function bounds({ min, max }: IdRange, from?: number, to?: number): string {
  return `${from === undefined ? '' : `${min}=${from}&`}${to === undefined ? '' : `${max}=${to}&`}`
}

function lastId(list: AscendingList, records: readonly DataRecord[]): number {
  let last = 0
  for (const record of records) {
    const id = idOf(list, record)
    if (!(id > last))
      throw new ConnectorError('RESPONSE_INVALID', `GET ${list.path}: the records are not in the order of their ids`)
    last = id
  }
  return last
}

function idOf({ ids: { key } }: AscendingList, record: DataRecord): number {
  return Number(record[key])
}

function isV2({ path }: StoreList): boolean {
  return path.startsWith('/v2/')
}

function parsePosition({ after, to }: SourcePosition): Stretch {
  if (typeof after === 'number' && to === undefined) return { after }
  if (typeof after === 'number' && typeof to === 'number') return { after, to }
  throw new ConnectorError('STATE_LOST', 'the position of an earlier attempt is not one of this release')
}
