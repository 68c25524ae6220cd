import type { DataRecord } from '../../sdk/connector.ts'
import type { Paging } from '../catalogue/facts.ts'
import type { Answer } from '../client.ts'
import type { PacedEndpoint } from '../endpoint.ts'
import { type AnswerMeta, type ExpectedAnswer, metaOf, recordsOf } from './answers.ts'
import type { IdRange } from './id-range.ts'
import type { Reader } from './source.ts'

/** A list of the store, ready to be asked for. */
export interface StoreList extends ExpectedAnswer {
  /** Version and keys filled in, without a query. */
  readonly path: string
  /** Parameters without those of paging, percent-encoded, each followed by `&`. */
  readonly parameters: string
  readonly paging: Paging
  readonly pageSize: number
  /** The store gives fewer records a page than it says, so its count of pages may be wrong. */
  readonly isCapped: boolean
  /** The most requests at the same time. */
  readonly readAhead: number
  /** How many of them before need has shown. */
  readonly readAheadAtFirst: number
  readonly endpoint: PacedEndpoint
  /** The field by which a keyset goes on. */
  readonly keyField: string
  /** The field that tells a record from all others of the list, when there is one. */
  readonly uniqueField?: string
  /** The order is one that was asked for, which a cursor need not keep. */
  readonly hasChosenOrder: boolean
  /** Absent: the list does not come in the order of its ids. */
  readonly ids?: IdRange
}

/** One answer of a list. */
export interface ListAnswer extends AnswerMeta {
  readonly records: readonly DataRecord[]
}

/** One answer of a list that is paged by number. */
export interface ListPage extends ListAnswer {
  readonly page: number
}

/** A page that is here before its turn. */
export interface WaitingPage {
  /** Length of its JSON: what it takes of memory until it is opened. */
  readonly bytes: number
  open(): ListPage
}

/** Sends one request of a list. `query` follows its parameters, each part with `&` behind it. */
export async function ask(list: StoreList, query: string, reader: Reader): Promise<ListAnswer> {
  return answerIn(list, await send(list, query, reader))
}

/** Sends the request for one page of many. */
export async function askForPage(list: StoreList, query: string, page: number, reader: Reader): Promise<WaitingPage> {
  const answer = await send(list, `${query}page=${page}&`, reader)
  return { bytes: answer.bytes, open: () => ({ page, ...answerIn(list, answer) }) }
}

function send(list: StoreList, query: string, { client, context }: Reader): Promise<Answer> {
  const all = `${list.parameters}${query}`.slice(0, -1)
  // A stray `?` counts as an empty filter, which the store refuses.
  const path = all === '' ? list.path : `${list.path}?${all}`
  return client.get({ path, endpoint: list.endpoint }, context)
}

function answerIn(list: StoreList, { body }: Answer): ListAnswer {
  return { records: recordsOf(body, list.path, list), ...metaOf(body) }
}
