import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Info, parse } from 'csv-parse'
import type { DataRecord } from '../sdk/connector.ts'
import { type Found, invalidAt, maxRecordBytes, notUtf8, type Reading, tooLong } from './found.ts'
import { createLineCounter, lineEndsIn } from './line-counter.ts'
import type { FileOptions } from './options.ts'

/** How many records are handed on together. */
const groupSize = 500

/** The records of a CSV file (RFC 4180, LF as well as CRLF); every value is a text. */
export async function* readCsv(reading: Reading, { csv }: FileOptions): AsyncGenerator<readonly Found[]> {
  const { start } = reading
  // csv-parse counts a CRLF inside quotes as two lines.
  const lines = createLineCounter(start)
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
  const feeding = pipeline(Readable.from(wholeCharacters(reading, lines.add)), parser)
  feeding.catch(() => undefined) // the loop below throws the same
  try {
    let group: Found[] = []
    for await (const { record: values, info } of parser as AsyncIterable<ParsedLine>) {
      const offset = start.offset + info.bytes
      const columns = toColumns.take(values, () => lines.at(offset - 1))
      if (columns === undefined) continue
      group.push({ record: toRecord(columns, values), after: { offset, line: lines.at(offset), columns } })
      if (group.length < groupSize) continue
      yield group
      group = []
    }
    if (group.length > 0) yield group
  } catch (thrown) {
    throw invalidCsv(thrown, reading.path, lines.at(start.offset + parser.info.bytes))
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
  /**
   * The names that belong to the values; undefined when the values are the header. `lineOf` tells where the values end.
   * Throws FILE_INVALID.
   */
  take(values: readonly string[], lineOf: () => number): readonly string[] | undefined
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
    take(values, lineOf) {
      if (isHeaderAhead) {
        checkHeader(values, lineOf())
        isHeaderAhead = false
        columns = values
        return undefined
      }
      columns ??= values.map((_value, index) => `column${index + 1}`)
      if (columns.length !== values.length)
        throw invalidAt(path, lineOf(), `has ${values.length} values for ${columns.length} columns`)
      return columns
    },
  }
}

function toRecord(columns: readonly string[], values: readonly string[]): DataRecord {
  return Object.fromEntries(columns.map((name, index) => [name, values[index] ?? '']))
}

/** csv-parse's errors carry a code; `line` is where the value begins that it could not take. */
function invalidCsv(thrown: unknown, path: string, line: number): unknown {
  const { code } = thrown as NodeJS.ErrnoException // whatever it is, only a code is looked for
  const problem = code === undefined ? undefined : csvProblems[code]
  return problem === undefined ? thrown : invalidAt(path, line, problem, thrown)
}

const csvProblems: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something other than the delimiter follows a closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that does not begin with one',
  CSV_MAX_RECORD_SIZE: tooLong,
}

/** The bytes cut between characters, so that each portion can be told to be UTF-8 or not. */
async function* wholeCharacters(
  { path, start, bytes }: Reading,
  onPortion: (portion: Buffer) => void,
): AsyncGenerator<Buffer> {
  let { line } = start
  let rest: Buffer = Buffer.alloc(0)
  for await (const portion of bytes) {
    const all = rest.byteLength === 0 ? portion : Buffer.concat([rest, portion])
    const end = lastCharacterEnd(all)
    const whole = all.subarray(0, end)
    if (!isUtf8(whole)) throw invalidAt(path, line + firstBadLine(whole), notUtf8)
    rest = all.subarray(end)
    line += lineEndsIn(whole)
    onPortion(whole)
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

/** How many lines of the bytes are good before the first that is not UTF-8. */
function firstBadLine(bytes: Buffer): number {
  let good = 0
  for (let from = 0, to = bytes.indexOf(0x0a); to !== -1; from = to + 1, to = bytes.indexOf(0x0a, from)) {
    if (!isUtf8(bytes.subarray(from, to))) break
    good += 1
  }
  return good
}
