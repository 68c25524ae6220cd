import { isDeepStrictEqual } from 'node:util'
import { ConnectorError } from '../../sdk/errors.ts'
import { inOrder } from './in-order.ts'
import { askForPage, type ListPage, type StoreList, type WaitingPage } from './list.ts'
import type { Portion, Reader, SourcePosition } from './source.ts'

/** Without totals every page too many is a request in vain. */
const aheadInTheDark = 2

/**
 * Reads pages by number. Where the first answer tells how many there are, several are asked for at once. Where it tells
 * only a cursor, `follow` goes on with its link. Else a page that is empty (v2: 204) or short is the last.
 */
export async function* turnPages(
  list: StoreList,
  from: SourcePosition | undefined,
  reader: Reader,
  follow: (link: string) => AsyncGenerator<Portion>,
): AsyncGenerator<Portion> {
  const { page: start, pageSize } = from === undefined ? { page: 1, pageSize: list.pageSize } : parsePosition(from)
  const limit = list.paging === 'pages' ? '' : `limit=${pageSize}&`
  const fetch = (page: number, signal: AbortSignal) =>
    askForPage(list, limit, page, { ...reader, context: { ...reader.context, signal } })
  let last: ListPage | undefined
  if (!isV2(list)) {
    last = (await fetch(start, reader.context.signal)).open()
    const isByCursor = last.pages === undefined || (list.paging === 'page+cursor' && !list.hasChosenOrder)
    const link = isByCursor && start === 1 ? last.nextByCursor : undefined
    if (last.records.length > 0) yield portion(last, pageSize, link)
    if (link !== undefined) return yield* follow(link)
  }
  while (last === undefined || !isLast(last, list, pageSize)) {
    const range = { ...rangeAfter(last, start, { list, pageSize, most: reader.most }), signal: reader.context.signal }
    for await (const waiting of inOrder(range, fetch)) {
      const page = waiting.open()
      if (last !== undefined && list.paging === 'pages') checkNew(page, last, list)
      last = page
      if (page.records.length > 0) yield portion(page, pageSize)
      if (page.records.length === 0 || (page.pages === undefined && isLast(page, list, pageSize))) return
    }
  }
}

function parsePosition(position: SourcePosition): { readonly page: number; readonly pageSize: number } {
  const { page, pageSize } = position
  if (typeof page === 'number' && typeof pageSize === 'number') return { page, pageSize }
  throw new ConnectorError('STATE_LOST', 'the position of an earlier attempt is not one of this release')
}

function isV2({ path }: StoreList): boolean {
  return path.startsWith('/v2/')
}

function portion({ page, records, total }: ListPage, pageSize: number, link?: string): Portion {
  const next = link === undefined ? { page: page + 1, pageSize } : { link }
  return { records, next, ...(total === undefined ? {} : { total }) }
}

function isLast({ records, page, pages, perPage }: ListPage, list: StoreList, pageSize: number): boolean {
  if (records.length === 0) return true
  // Nobody knows how long a page is whose size cannot be chosen.
  const isShort = records.length < (perPage ?? (list.paging === 'pages' ? 0 : pageSize))
  if (pages === undefined) return isShort
  return page >= pages && (!list.isCapped || isShort)
}

interface Bounds {
  readonly list: StoreList
  readonly pageSize: number
  readonly most: number
}

function rangeAfter(last: ListPage | undefined, start: number, { list, pageSize, most }: Bounds) {
  const from = last === undefined ? start : last.page + 1
  const enough = Math.max(from, start + Math.ceil(most / pageSize) - 1)
  if (last?.pages === undefined) {
    const ahead = Math.min(aheadInTheDark, list.readAhead)
    // The window asks for the next page before this one is looked at: alone, a page must be the whole range.
    return { from, to: ahead === 1 ? from : enough, ahead }
  }
  const to = Math.min(Math.max(last.pages, from), enough)
  return {
    from,
    to,
    ahead: list.readAhead,
    aheadAtFirst: list.readAheadAtFirst,
    weigh: ({ bytes }: WaitingPage) => bytes,
  }
}

/** A store that does not heed the number would give its first page for ever. */
function checkNew({ page, records, pages }: ListPage, before: ListPage, { path }: StoreList): void {
  if (pages === undefined && isDeepStrictEqual(records, before.records))
    throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: page ${page} is the page before it again`)
}
