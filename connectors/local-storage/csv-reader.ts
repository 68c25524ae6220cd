import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Info, type Parser, parse } from 'csv-parse'
import type { DataRecord } from '../sdk/connector.ts'
import { type Found, invalidAt, maxRecordBytes, notUtf8, type Reading, tooLong } from './found.ts'
import type { FileOptions } from './options.ts'

/** How many records are handed on together. */
const groupSize = 500

/** The records of a CSV file (RFC 4180, LF as well as CRLF); every value is a text. */
export async function* readCsv(reading: Reading, { csv }: FileOptions): AsyncGenerator<readonly Found[]> {
  const { start } = reading
  const parser = parse({
    delimiter: csv.delimiter,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    // Compared with the columns below, where the message can name both numbers.
    relax_column_count: true,
    max_record_size: maxRecordBytes,
    info: true,
  })
  const toColumns = createColumns(reading, csv)
  const feeding = pipeline(Readable.from(wholeCharacters(reading)), parser)
  feeding.catch(() => undefined) // the loop below throws the same
  try {
    let group: Found[] = []
    for await (const { record: values, info } of parser as AsyncIterable<ParsedLine>) {
      const after = { offset: start.offset + info.bytes, line: start.line + info.lines - 1 }
      const columns = toColumns.take(values, after.line)
      if (columns === undefined) continue
      group.push({ record: toRecord(columns, values), after: { ...after, columns } })
      if (group.length < groupSize) continue
      yield group
      group = []
    }
    if (group.length > 0) yield group
  } catch (thrown) {
    throw invalidCsv(thrown, parser, reading)
  } finally {
    parser.destroy()
    await feeding.catch(() => undefined)
  }
}

/** What csv-parse yields with `info`. */
interface ParsedLine {
  readonly record: readonly string[]
  readonly info: Info
}

interface Columns {
  /** The names that belong to the values; undefined when the values are the header. Throws FILE_INVALID. */
  take(values: readonly string[], line: number): readonly string[] | undefined
}

function createColumns({ path, start }: Reading, { header, columns: chosen }: FileOptions['csv']): Columns {
  let columns = start.columns ?? (header ? undefined : chosen)
  let isHeaderAhead = header && start.isBeginning

  function checkHeader(names: readonly string[], line: number): void {
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw invalidAt(path, line, `the header names ${JSON.stringify(twice)} twice`)
    if (chosen !== undefined && chosen.join('\0') !== names.join('\0'))
      throw invalidAt(path, line, 'the header is not what csv.columns of the operation says')
  }

  return {
    take(values, line) {
      if (isHeaderAhead) {
        checkHeader(values, line)
        isHeaderAhead = false
        columns = values
        return undefined
      }
      columns ??= values.map((_value, index) => `column${index + 1}`)
      if (columns.length !== values.length)
        throw invalidAt(path, line, `has ${values.length} values for ${columns.length} columns`)
      return columns
    },
  }
}

function toRecord(columns: readonly string[], values: readonly string[]): DataRecord {
  return Object.fromEntries(columns.map((name, index) => [name, values[index] ?? '']))
}

/** csv-parse's errors carry a code, and the line counted from where it started. */
function invalidCsv(thrown: unknown, { info }: Parser, { path, start }: Reading): unknown {
  const { code } = thrown as NodeJS.ErrnoException // whatever it is, only a code is looked for
  const problem = code === undefined ? undefined : csvProblems[code]
  return problem === undefined ? thrown : invalidAt(path, start.line + info.lines - 1, problem, thrown)
}

const csvProblems: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened before and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something other than the delimiter follows a closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that does not begin with one',
  CSV_MAX_RECORD_SIZE: tooLong,
}

/** The bytes cut between characters, so that each portion can be told to be UTF-8 or not. */
async function* wholeCharacters({ path, start, bytes }: Reading): AsyncGenerator<Buffer> {
  let { line } = start
  let rest: Buffer = Buffer.alloc(0)
  for await (const portion of bytes) {
    const all = rest.byteLength === 0 ? portion : Buffer.concat([rest, portion])
    const end = lastCharacterEnd(all)
    const whole = all.subarray(0, end)
    if (!isUtf8(whole)) throw invalidAt(path, line + firstBadLine(whole), notUtf8)
    rest = all.subarray(end)
    line += linesIn(whole)
    yield whole
  }
  if (rest.byteLength > 0) throw invalidAt(path, line, notUtf8)
}

/** Where the last character that is wholly there ends; a character has at most four bytes (RFC 3629). */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back += 1) {
    const code = bytes[bytes.byteLength - back] ?? 0
    if (code < 0x80) break
    if (code < 0xc0) continue
    const length = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2
    return length > back ? bytes.byteLength - back : bytes.byteLength
  }
  return bytes.byteLength
}

function linesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}

/** How many lines of the bytes are good before the first that is not UTF-8. */
function firstBadLine(bytes: Buffer): number {
  let good = 0
  for (let from = 0, to = bytes.indexOf(0x0a); to !== -1; from = to + 1, to = bytes.indexOf(0x0a, from)) {
    if (!isUtf8(bytes.subarray(from, to))) break
    good += 1
  }
  return good
}
