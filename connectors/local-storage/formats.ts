import type { DataRecord, JsonValue, WriteOutcome } from '../sdk/connector.ts'
import type { FileOptions } from './options.ts'

/** What a batch becomes in the file. */
export interface Encoded {
  /** To be written one after the other: short ones, made when they are taken, so that no batch becomes one huge string. */
  readonly texts: Iterable<string>
  readonly outcomes: readonly WriteOutcome[]
}

/** Turns records into the text of a file, batch by batch. */
export interface Encoder {
  /** `isFirst`: nothing of the file has been written yet, not even by an earlier attempt. */
  encode(batch: readonly DataRecord[], isFirst: boolean): Encoded
  /** What stands at the end; an empty file of the format has its beginning too. */
  end(isEmpty: boolean): string
  /** What has to be known to go on after a crash. */
  readonly columns: readonly string[] | undefined
}

/** The encoder of a format. `columns` are those an earlier attempt settled on. */
export function createEncoder(options: FileOptions, columns: readonly string[] | undefined): Encoder {
  switch (options.format) {
    case 'csv':
      return csvEncoder(options.csv, columns)
    case 'ndjson':
      return {
        columns: undefined,
        encode: batch => ({ texts: ndjsonLines(batch), outcomes: batch.map(written) }),
        end: () => '',
      }
    case 'json':
      return {
        columns: undefined,
        encode: (batch, isFirst) => ({ texts: elements(batch, isFirst), outcomes: batch.map(written) }),
        end: isEmpty => (isEmpty ? '[]\n' : '\n]\n'),
      }
    default:
      return options.format satisfies never
  }
}

function written(): WriteOutcome {
  return { status: 'written' }
}

function* ndjsonLines(batch: readonly DataRecord[]): Generator<string> {
  for (const record of batch) yield `${JSON.stringify(record)}\n`
}

function* elements(batch: readonly DataRecord[], isFirst: boolean): Generator<string> {
  let before = isFirst ? '[\n' : ',\n'
  for (const record of batch) {
    yield `${before}${JSON.stringify(record)}`
    before = ',\n'
  }
}

/** CSV by RFC 4180: CRLF between lines, quotes where needed, quotes doubled. */
function csvEncoder(
  { delimiter, header, bom, escapeFormulas, columns: chosen }: FileOptions['csv'],
  earlier: readonly string[] | undefined,
): Encoder {
  let columns = chosen ?? earlier
  const mustQuote = new RegExp(`[${/[\\\]^-]/.test(delimiter) ? `\\${delimiter}` : delimiter}"\r\n]|^\\s|\\s$`)

  function quote(text: string): string {
    // A spreadsheet runs what begins so (OWASP, "CSV Injection").
    const safe = escapeFormulas && /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
    return mustQuote.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }

  function cell(value: JsonValue | undefined): string {
    if (value === undefined || value === null) return ''
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return quote(typeof value === 'string' ? value : JSON.stringify(value))
  }

  function line(cells: readonly string[]): string {
    // Readers leave out an empty line; with quotes it stays a record.
    return `${cells.length === 1 && cells[0] === '' ? '""' : cells.join(delimiter)}\r\n`
  }

  const beginning = (names: readonly string[]) => `${bom ? '\ufeff' : ''}${header ? line(names.map(quote)) : ''}`

  return {
    get columns() {
      return columns
    },
    encode(batch, isFirst) {
      const texts: string[] = []
      const known = new Set(columns)
      const outcomes = batch.map((record): WriteOutcome => {
        if (columns === undefined) {
          const names = Object.keys(record)
          if (names.length === 0) return withoutFields()
          columns = names
          for (const name of names) known.add(name)
        }
        const stray = strayField(record, known)
        if (stray !== undefined) return rejected(stray)
        if (isFirst && texts.length === 0) texts.push(beginning(columns))
        texts.push(line(columns.map(name => cell(record[name]))))
        return { status: 'written' }
      })
      return { texts, outcomes }
    },
    end: isEmpty => (isEmpty ? beginning(columns ?? []) : ''),
  }
}

function strayField(record: DataRecord, known: ReadonlySet<string>): string | undefined {
  return Object.keys(record).find(field => !known.has(field))
}

/** A value without a column would be lost silently. */
function rejected(field: string): WriteOutcome {
  const message = `the file has no column for the field ${JSON.stringify(field)}; name it in csv.columns, or map it away`
  return { status: 'rejected', code: 'FIELD_UNKNOWN', message, retryable: false }
}

function withoutFields(): WriteOutcome {
  const message = 'the record has no fields, and no record before it told the columns; set csv.columns'
  return { status: 'rejected', code: 'RECORD_EMPTY', message, retryable: false }
}
