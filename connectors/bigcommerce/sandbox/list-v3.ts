import { type Answer, errorV3, notFound } from './answer.ts'
import type { BlockCache, TextSource } from './block-cache.ts'
import { type Criteria, readCriteria } from './criteria.ts'
import { type Collection, indexOfId, type Json, type Range, type Row } from './data/collection.ts'
import type { Filters } from './filter.ts'
import { lastValue, linkOf, type Query } from './query.ts'
import { type Order, orderOf, type Selection, type Selector, type SortKey, sizeOf, slice } from './selection.ts'
import type { Switches } from './switches.ts'
import { includedParts, partParameters, viewOf } from './view.ts'

/** A parameter of a list that is no filter. */
export type Control =
  | 'page'
  | 'limit'
  | 'sort'
  | 'direction'
  | 'include'
  | 'include_fields'
  | 'exclude_fields'
  | 'before'
  | 'after'

/** What a v3 list understands. */
export interface ListV3 {
  readonly collection: Collection
  readonly filters: Filters
  readonly controls: readonly Control[]
  readonly sorts?: { readonly [name: string]: SortKey }
  /** `sort=name:desc` instead of `sort=name&direction=desc`; the direction is then a must. */
  readonly isDirectionInSort?: boolean
  /** Records of a page whose size cannot be chosen. */
  readonly fixedLimit?: number
  /** Records that a client does not see, and what names that client. */
  readonly hides?: { readonly key: string; isHidden(row: Row): boolean }
  /** With one of these included a page holds `pageCap` records, whatever the limit. */
  readonly cappingParts?: readonly string[]
}

/** What lists need to be answered. */
export interface ListTools {
  readonly cache: BlockCache
  readonly select: Selector
  readonly switches: Switches
  /** The time of the request, for a `:max` without a time of day. */
  readonly now: Date
}

const defaultLimit = 50
const maximumLimit = 250
/** "options and modifiers are 10 per page whatever the limit" (`products_catalog.v3`, read April 2026). */
const pageCap = 10

interface Paging {
  readonly page: number
  /** As asked, or the default. */
  readonly asked: number
  /** As served. */
  readonly limit: number
}

/** Answers a v3 list; `within` are the parts of the collection that lie under the parent of a sub-list. */
export async function listV3(list: ListV3, query: Query, tools: ListTools, within?: readonly Range[]): Promise<Answer> {
  const criteria = readListQuery(list, query, tools.now)
  if ('status' in criteria) return criteria
  const order = readOrder(list, query)
  const paging = readPaging(list, query, tools.switches)
  if (order !== undefined && 'status' in order) return order
  if ('status' in paging) return paging
  const { collection } = list
  const selection = await tools.select({
    collection,
    criteria,
    ...(order === undefined ? {} : { order }),
    ...(within === undefined ? {} : { within }),
  })
  const isStable = criteria.key === '' && collection.isChanged !== true
  const cursor = list.controls.includes('after') ? readCursor(collection, query, tools.switches) : undefined
  if (cursor !== undefined && 'status' in cursor) return cursor
  const page = cursor === undefined ? pageAt(selection, paging) : pageAtCursor(collection, selection, cursor, paging)
  const source = viewOf(collection, query)
  return envelope(
    pieces(tools.cache, source, page.part),
    metaOf(list, query, { page, paging, cursor, tools }),
    isStable,
  )
}

/** Answers one v3 record, or 404. */
export function itemV3(
  collection: Collection,
  id: number,
  query: Query,
  tools: ListTools,
  others: readonly string[] = ['include_fields', 'exclude_fields'],
): Answer {
  const known: readonly string[] = [...partParameters(collection), ...others]
  const unknown = query.map(([name]) => name).filter(name => !known.includes(name))
  if (unknown.length > 0) return unknownFilters(unknown)
  const index = indexOfId(collection, id)
  if (index === undefined) return notFound('v3')
  const meta = Buffer.from(`,"meta":${JSON.stringify(emptyMeta(tools.switches))}}`)
  const record = tools.cache.one(viewOf(collection, query), index)
  return { status: 200, contentType: 'application/json', body: [Buffer.from('{"data":'), record, meta] }
}

/** What stands in `meta` when there is nothing to say. */
export function emptyMeta(switches: Switches): Json {
  return switches.emptyMeta === 'array' ? [] : {}
}

/** 422 for parameters that are neither a filter nor a control of the list. */
export function unknownFilters(names: readonly string[]): Answer {
  return errorV3(422, `The filter(s): ${[...new Set(names)].join(',')} are not valid filter parameter(s).`)
}

/** 422 for parameters whose value is of the wrong type. Nobody has recorded the text of the service. */
export function invalidValues(errors: { readonly [parameter: string]: string }): Answer {
  return errorV3(422, `The value of the parameter(s): ${Object.keys(errors).join(',')} is not valid.`, errors)
}

function readListQuery(list: ListV3, query: Query, now: Date): Criteria | Answer {
  const controls: readonly string[] = list.controls
  const unknown = query
    .map(([name]) => name)
    .filter(name => !controls.includes(name) && !Object.hasOwn(list.filters, name))
  if (unknown.length > 0) return unknownFilters(unknown)
  const criteria = readCriteria(list.filters, query, now)
  if ('invalid' in criteria) return invalidValues(criteria.invalid)
  const { hides } = list
  if (hides === undefined) return criteria
  return {
    ...criteria,
    tests: [...criteria.tests, row => !hides.isHidden(row)],
    key: `${criteria.key}&hidden from ${hides.key}`,
  }
}

function readOrder(list: ListV3, query: Query): Order | Answer | undefined {
  const sort = lastValue(query, 'sort')
  const isInSort = list.isDirectionInSort === true
  if (isInSort && sort === undefined) return undefined
  const [name = '', suffix = ''] = isInSort ? (sort ?? '').split(':') : [sort ?? '']
  const direction = isInSort ? suffix : (lastValue(query, 'direction') ?? 'asc')
  if (direction !== 'asc' && direction !== 'desc') {
    return invalidValues({ [isInSort ? 'sort' : 'direction']: 'error.expected.validenumvalue' })
  }
  const isDescending = direction === 'desc'
  if (sort === undefined) return orderOf('id', 'as-ids', isDescending)
  const key = Object.hasOwn(list.sorts ?? {}, name) ? list.sorts?.[name] : undefined
  return key === undefined ? invalidValues({ sort: 'error.expected.validenumvalue' }) : orderOf(name, key, isDescending)
}

function readPaging(list: ListV3, query: Query, switches: Switches): Paging | Answer {
  const isPaged = list.controls.includes('limit') || list.fixedLimit !== undefined
  if (!isPaged) return { page: 1, asked: Infinity, limit: Infinity }
  const page = readCount(query, 'page', 1)
  const asked = list.fixedLimit ?? readCount(query, 'limit', defaultLimit)
  if (page === undefined) return invalidValues({ page: 'error.expected.jsnumber' })
  if (asked === undefined) return invalidValues({ limit: 'error.expected.jsnumber' })
  if (asked > maximumLimit && switches.limitAboveMaximum === 'refuse') {
    return errorV3(413, `The limit parameter exceeded the maximum of ${maximumLimit}`)
  }
  const limit = Math.min(asked, maximumLimit)
  const isCapped = includedParts(list.collection, query).some(name => list.cappingParts?.includes(name) ?? false)
  return { page, asked: limit, limit: isCapped ? Math.min(limit, pageCap) : limit }
}

function readCount(query: Query, name: string, fallback: number): number | undefined {
  const text = lastValue(query, name)
  if (text === undefined) return fallback
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

interface Cursor {
  readonly direction: 'after' | 'before'
  readonly id: number
}

function readCursor(collection: Collection, query: Query, switches: Switches): Cursor | Answer | undefined {
  const after = lastValue(query, 'after')
  const before = lastValue(query, 'before')
  if (after !== undefined && before !== undefined && switches.bothCursors === 'refuse') {
    return invalidValues({ after: 'error.invalid', before: 'error.invalid' })
  }
  const text = after ?? before
  if (text === undefined) return undefined
  const direction = after === undefined ? 'before' : 'after'
  const [, digits] = /^\{"id":(\d{1,15})\}$/.exec(Buffer.from(text, 'base64').toString()) ?? []
  if (digits === undefined || indexOfId(collection, Number(digits)) === undefined) {
    return invalidValues({ [direction]: 'error.invalid' })
  }
  return { direction, id: Number(digits) }
}

/** The opaque text that stands for a record. */
function cursorOf(id: number): string {
  return Buffer.from(JSON.stringify({ id })).toString('base64')
}

interface PagePart {
  readonly part: Selection
  readonly total: number
  /** Where the part starts in the whole selection. */
  readonly start: number
}

function pageAt(selection: Selection, { page, limit }: Paging): PagePart {
  const start = page === 1 ? 0 : (page - 1) * limit
  const total = sizeOf(selection)
  return { part: slice(selection, Math.min(start, total), Math.min(start + limit, total)), total, start }
}

function pageAtCursor(collection: Collection, selection: Selection, cursor: Cursor, { limit }: Paging): PagePart {
  const total = sizeOf(selection)
  const position = positionOf(collection, selection, cursor.id)
  const start = cursor.direction === 'after' ? position + 1 : Math.max(0, position - limit)
  const end = cursor.direction === 'after' ? Math.min(start + limit, total) : Math.max(0, position)
  return { part: slice(selection, start, end), total, start }
}

/** The place of a record in the selection; the end when the filters leave it out. */
function positionOf(collection: Collection, selection: Selection, id: number): number {
  const index = collection.lowerBound(id)
  if (selection.kind === 'range') return index - selection.from
  const position = selection.at.indexOf(index)
  return position < 0 ? selection.at.length : position
}

function pieces(cache: BlockCache, source: TextSource, part: Selection): Buffer[] {
  if (part.kind === 'range') return cache.range(source, part.from, part.to)
  const found: Buffer[] = []
  for (const index of part.at) {
    if (found.length > 0) found.push(comma)
    found.push(cache.one(source, index))
  }
  return found
}

const comma = Buffer.from(',')
const opening = Buffer.from('{"data":[')

function envelope(records: readonly Buffer[], meta: Json, isStable: boolean): Answer {
  const closing = Buffer.from(`],"meta":${JSON.stringify(meta)}}`)
  return { status: 200, contentType: 'application/json', body: [opening, ...records, closing], isStable }
}

interface PageState {
  readonly page: PagePart
  readonly paging: Paging
  readonly cursor: Cursor | undefined
  readonly tools: ListTools
}

function metaOf(list: ListV3, query: Query, state: PageState): Json {
  const hasCursors = list.controls.includes('after')
  if (!list.controls.includes('limit') && list.fixedLimit === undefined) return {}
  if (state.cursor !== undefined || !hasPages(list)) return { cursor_pagination: cursorPagination(list, query, state) }
  const pagination = pagePagination(query, state)
  if (!hasCursors || state.paging.page > 1) return { pagination }
  return { pagination, cursor_pagination: cursorPagination(list, query, state) }
}

function hasPages({ controls }: ListV3): boolean {
  return controls.includes('page') || !controls.includes('after')
}

function pagePagination(query: Query, { page: { part, total }, paging, tools }: PageState): Json {
  const { page, asked, limit } = paging
  const divisor = tools.switches.totalPagesUnderPageCap === 'asked' ? asked : limit
  const pages = total === 0 ? tools.switches.emptyTotalPages : Math.ceil(total / divisor)
  const link = (number: number): string => linkOf(query, { page: number, limit: asked })
  return {
    total,
    count: sizeOf(part),
    per_page: limit,
    current_page: page,
    total_pages: pages,
    links: {
      ...(page > 1 ? { previous: link(page - 1) } : {}),
      current: link(page),
      ...(page < pages ? { next: link(page + 1) } : {}),
    },
    too_many: false,
  }
}

function cursorPagination(list: ListV3, query: Query, { page, paging }: PageState): Json {
  const { part, start, total } = page
  const count = sizeOf(part)
  const idAt = (at: number): number => list.collection.idAt(part.kind === 'range' ? part.from + at : (part.at[at] ?? 0))
  const link = (cursor: { before?: string; after?: string }): string =>
    linkOf(query, { page: undefined, limit: paging.asked, before: undefined, after: undefined, ...cursor })
  const first = count === 0 ? '' : cursorOf(idAt(0))
  const last = count === 0 ? '' : cursorOf(idAt(count - 1))
  return {
    count,
    per_page: paging.limit,
    start_cursor: first,
    end_cursor: last,
    links: {
      ...(start > 0 && count > 0 ? { previous: link({ before: first }) } : {}),
      current: linkOf(query, { limit: paging.asked }),
      ...(count > 0 && start + count < total ? { next: link({ after: last }) } : {}),
    },
  }
}
