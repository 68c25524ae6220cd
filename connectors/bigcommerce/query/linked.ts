import { ConnectorError } from '../../sdk/errors.ts'
import { ask, type StoreList } from './list.ts'
import type { Portion, Reader, SourcePosition } from './source.ts'

/** After the last page; distinct from every position that makes a request. */
const end: SourcePosition = { end: true }

/** Reads the first page, or the only one, and follows the links of the answers. `query` goes with the first request. */
export async function* firstThenLinks(list: StoreList, query: string, reader: Reader): AsyncGenerator<Portion> {
  const { records, nextByCursor, nextByNumber, total } = await ask(list, query, reader)
  const link = nextByCursor ?? nextByNumber
  const next = link === undefined ? end : { link }
  if (records.length > 0) yield { records, next, ...(total === undefined ? {} : { total }) }
  if (link !== undefined) yield* linkedPages(list, link, reader)
}

/** Follows the links of the answers; a cursor is never built here, for the documents contradict each other on how. */
export async function* linkedPages(list: StoreList, first: string, reader: Reader): AsyncGenerator<Portion> {
  let link: string | undefined = first
  while (link !== undefined) {
    const asked: string = link
    const { records, nextByCursor, nextByNumber } = await ask(
      { ...list, parameters: '' },
      linkQuery(list, asked),
      reader,
    )
    link = records.length === 0 ? undefined : (nextByCursor ?? (isByNumber(asked) ? nextByNumber : undefined))
    if (link === asked)
      throw new ConnectorError('RESPONSE_INVALID', `GET ${list.path}: the next page of ${asked} is that page again`)
    if (records.length > 0) yield { records, next: link === undefined ? end : { link } }
  }
}

/** The link with our own parameters where it does not repeat them. A page beside a cursor would be ignored. */
function linkQuery({ parameters }: StoreList, link: string): string {
  const query = new URLSearchParams(parameters)
  for (const [name, value] of new URLSearchParams(link.slice(link.indexOf('?') + 1))) query.set(name, value)
  if (!isByNumber(link)) query.delete('page')
  return `${query.toString()}&`
}

function isByNumber(link: string): boolean {
  const query = new URLSearchParams(link.slice(link.indexOf('?') + 1))
  return !query.has('after') && !query.has('before')
}
