import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Sends lines that are made while they are sent, so that the number of records does not matter. */
export function sendLines(reply: FastifyReply, type: string, lines: Iterable<string>): FastifyReply {
  return reply.type(type).serializer(String).send(Readable.from(lines))
}

/** What the header `Accept` asks for. */
export function formatOf(accept: string | undefined): 'json' | 'ndjson' | 'csv' {
  if (accept?.includes('application/x-ndjson') === true) return 'ndjson'
  return accept?.includes('text/csv') === true ? 'csv' : 'json'
}

/** A line of CSV (RFC 4180). Nested values are JSON; what a spreadsheet would take for a formula gets a `'` before it. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // OWASP, CSV Injection (2024): these begin a formula, also behind a tab or a line break.
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
