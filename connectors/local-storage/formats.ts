import type { DataRecord, JsonValue, WriteOutcome } from '../sdk/connector.ts'
import type { FileOptions } from './options.ts'

/** What a batch becomes in the file. */
export interface Encoded {
  readonly text: string
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
        encode: batch => ({ text: lines(batch), outcomes: batch.map(written) }),
        end: () => '',
      }
    case 'json':
      return {
        columns: undefined,
        encode: (batch, isFirst) => ({ text: elements(batch, isFirst), outcomes: batch.map(written) }),
        end: isEmpty => (isEmpty ? '[]\n' : '\n]\n'),
      }
    default:
      return options.format satisfies never
  }
}

function written(): WriteOutcome {
  return { status: 'written' }
}

function lines(batch: readonly DataRecord[]): string {
  let text = ''
  for (const record of batch) text += `${JSON.stringify(record)}\n`
  return text
}

function elements(batch: readonly DataRecord[], isFirst: boolean): string {
  return batch.map((record, index) => `${isFirst && index === 0 ? '[\n' : ',\n'}${JSON.stringify(record)}`).join('')
}

/** CSV by RFC 4180: CRLF between lines, quotes where needed, quotes doubled. */
function csvEncoder(
  { delimiter, header, bom, escapeFormulas, columns: chosen }: FileOptions['csv'],
  earlier: readonly string[] | undefined,
): Encoder {
  let columns = chosen ?? earlier
  const mustQuote = new RegExp(
    `[${delimiter === '\\' || delimiter === ']' || delimiter === '^' ? `\\${delimiter}` : delimiter}"\r\n]|^\\s|\\s$`,
  )
  const quote = (text: string) => (mustQuote.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

  function cell(value: JsonValue | undefined): string {
    if (value === undefined || value === null) return ''
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    // A spreadsheet runs what begins so (OWASP, "CSV Injection").
    return quote(escapeFormulas && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
  }

  function line(record: DataRecord, names: readonly string[]): string {
    let text = ''
    for (let index = 0; index < names.length; index += 1) {
      if (index > 0) text += delimiter
      text += cell(record[names[index] ?? ''])
    }
    return `${text}\r\n`
  }

  const beginning = (names: readonly string[]) =>
    `${bom ? '\ufeff' : ''}${header ? `${names.map(quote).join(delimiter)}\r\n` : ''}`

  return {
    get columns() {
      return columns
    },
    encode(batch, isFirst) {
      columns ??= Object.keys(batch[0] ?? {})
      const names = columns
      const known = new Set(names)
      let text = isFirst ? beginning(names) : ''
      const outcomes = batch.map((record): WriteOutcome => {
        const stray = strayField(record, known)
        if (stray !== undefined) return rejected(stray)
        text += line(record, names)
        return { status: 'written' }
      })
      return { text, outcomes }
    },
    end: isEmpty => (isEmpty && columns !== undefined ? beginning(columns) : ''),
  }
}

function strayField(record: DataRecord, known: ReadonlySet<string>): string | undefined {
  for (const field in record) if (!known.has(field)) return field
  return undefined
}

/** A value without a column would be lost silently. */
function rejected(field: string): WriteOutcome {
  const message = `the file has no column for the field ${JSON.stringify(field)}; name it in csv.columns, or map it away`
  return { status: 'rejected', code: 'FIELD_UNKNOWN', message, retryable: false }
}
