import type { KeptRecord } from '../logs/unsettled-records.ts'
import { csvLine } from './export.ts'

/** Reads one page of records after a number, at most so many. */
export type ReadPage = (after: number, limit: number) => readonly KeptRecord[]

const pageRecords = 500

/** One JSON line for each record. */
export function* ndjsonLines(read: ReadPage, from: { readonly after: number; readonly limit?: number }) {
  for (const record of all(read, from)) yield `${JSON.stringify(record)}\n`
}

const ownColumns = ['number', 'status', 'code', 'message', 'request id', 'attempt'] as const

/**
 * CSV (RFC 4180): what is known of each record, then its top-level fields, which are `fields`; one named like a column
 * of ours gets `record.` before it.
 */
export function* csvLines(
  read: ReadPage,
  from: { readonly after: number; readonly limit?: number },
  fields: readonly string[],
): Generator<string> {
  const own: ReadonlySet<string> = new Set(ownColumns)
  yield csvLine([...ownColumns, ...fields.map(field => (own.has(field) ? `record.${field}` : field))])
  for (const { number, status, code, message, requestId, attempt, record } of all(read, from)) {
    const values = fields.map(field => (Object.hasOwn(record, field) ? record[field] : undefined))
    yield csvLine([number, status, code, message, requestId, attempt, ...values])
  }
}

function* all(
  read: ReadPage,
  { after, limit = Number.POSITIVE_INFINITY }: { readonly after: number; readonly limit?: number },
): Generator<KeptRecord> {
  let left = limit
  let last = after
  while (left > 0) {
    const wanted = Math.min(left, pageRecords)
    const page = read(last, wanted)
    yield* page
    left -= page.length
    last = page.at(-1)?.number ?? last
    if (page.length < wanted) return
  }
}
