import type { DataRecord } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'

/** What an answer says besides its records. `meta` comes as `{}` and as `[]`, and any of these may be missing. */
export interface AnswerMeta {
  readonly total?: number
  /** How many pages there are. */
  readonly pages?: number
  /** How many records a page has, which may be fewer than asked for. */
  readonly perPage?: number
  /** Query of the next page: by cursor, and by number. */
  readonly nextByCursor?: string
  readonly nextByNumber?: string
}

/** What the documents say of an answer. */
export interface ExpectedAnswer {
  readonly envelope: 'data' | 'bare' | undefined
  /** A list, not one record. */
  readonly isList: boolean
}

/**
 * The records of an answer. The documents are wrong about the shape of some: a list may come with or without the
 * envelope, as one record, or as an object that holds nothing but the list. Throws RESPONSE_INVALID.
 */
export function recordsOf(body: unknown, path: string, expected: ExpectedAnswer): readonly DataRecord[] {
  const content = unwrap(body, path, expected)
  if (content === undefined) return []
  if (content === null) throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer holds no records`)
  const records: readonly unknown[] = Array.isArray(content) ? content : [content]
  // JSON of the store; looking at each record would cost more than reading it.
  if (isRecord(records[0]) || records.length === 0) return records as readonly DataRecord[]
  return records.map(value => ({ value }) as DataRecord) // blog tags and the like: JSON, but no objects
}

/** Undefined when there is no body: an empty list of v2. */
function unwrap(body: unknown, path: string, { envelope, isList }: ExpectedAnswer): unknown {
  if (Array.isArray(body) || body === undefined) return body
  if (!isRecord(body)) throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer holds no records`)
  if (Object.hasOwn(body, 'data') && (envelope === 'data' || isEnvelope(body))) return body['data']
  if (!isList || Object.hasOwn(body, 'id')) return body
  // A list that is not where it belongs would be taken for an empty one.
  if (envelope === 'data')
    throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer has no list of records in "data"`)
  const [only, ...others] = Object.values(body)
  return others.length === 0 && Array.isArray(only) ? only : body
}

function isEnvelope(body: object): boolean {
  return Object.keys(body).every(name => name === 'data' || name === 'meta' || name === 'errors')
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands in the answer's `meta`. */
export function metaOf(body: unknown): AnswerMeta {
  const meta = at(body, 'meta')
  const pagination = at(meta, 'pagination')
  const total = at(pagination, 'total')
  const pages = at(pagination, 'total_pages')
  const perPage = at(pagination, 'per_page')
  const nextByCursor = at(at(at(meta, 'cursor_pagination'), 'links'), 'next')
  const nextByNumber = at(at(pagination, 'links'), 'next')
  return {
    ...(typeof total === 'number' ? { total } : {}),
    ...(typeof pages === 'number' ? { pages } : {}),
    ...(typeof perPage === 'number' ? { perPage } : {}),
    ...(typeof nextByCursor === 'string' && nextByCursor !== '' ? { nextByCursor } : {}),
    ...(typeof nextByNumber === 'string' && nextByNumber !== '' ? { nextByNumber } : {}),
  }
}

function at(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}
