import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { addAbortSignal } from 'node:stream'
import { parse } from 'csv-parse'
import type { DataRecord, Page, Position, ReadContext, SourceActivity } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import type { FolderConnection } from './connection.ts'
import { fileError } from './file-errors.ts'
import { elementsOf } from './json-elements.ts'
import { type FileOptions, optionsSchema, parseOptions } from './options.ts'

/** Reads the records of a file, a page at a time, whatever its size. */
export const read: SourceActivity<FolderConnection> = {
  role: 'source',
  options: optionsSchema,
  read: (connection, options, resumeFrom, context) => readFile(connection, options, resumeFrom, context),
}

const pageSize = 1_000

/** Where reading goes on: after so many records. They are read over again, which costs little on a disk. */
interface FilePosition {
  readonly records: number
}

async function* readFile(
  connection: FolderConnection,
  options: unknown,
  resumeFrom: Position | undefined,
  { signal }: ReadContext,
): AsyncGenerator<Page> {
  const parsed = parseOptions(options)
  const file = await connection.locate(parsed.path)
  const skip = (resumeFrom as unknown as FilePosition | undefined)?.records ?? 0 // made below
  let seen = 0
  let records: DataRecord[] = []
  try {
    for await (const record of recordsOf(file, parsed, signal)) {
      seen += 1
      if (seen <= skip) continue
      records.push(record)
      if (records.length < pageSize) continue
      yield { records, position: { records: seen } }
      records = []
    }
  } catch (thrown) {
    signal.throwIfAborted()
    throw fileError(thrown, parsed.path)
  }
  if (records.length > 0) yield { records, position: { records: seen } }
}

async function* recordsOf(file: string, options: FileOptions, signal: AbortSignal): AsyncGenerator<DataRecord> {
  const bytes = addAbortSignal(signal, createReadStream(file))
  try {
    switch (options.format) {
      case 'csv':
        yield* csvRecords(bytes, options)
        break
      case 'ndjson':
        yield* ndjsonRecords(bytes, options)
        break
      case 'json':
        yield* jsonRecords(bytes, options)
        break
      default:
        options.format satisfies never
    }
  } finally {
    bytes.destroy()
  }
}

async function* csvRecords(bytes: NodeJS.ReadableStream, { path, csv }: FileOptions): AsyncGenerator<DataRecord> {
  const columns = csv.header ? true : (csv.columns ?? false)
  const parser = parse({
    delimiter: csv.delimiter,
    bom: true,
    columns: columns === false ? false : columns === true ? true : [...columns],
  })
  bytes.once('error', error => parser.destroy(error))
  try {
    for await (const record of bytes.pipe(parser) as AsyncIterable<DataRecord | readonly string[]>) {
      yield isList(record) ? Object.fromEntries(record.map((value, index) => [`column${index + 1}`, value])) : record
    }
  } catch (thrown) {
    const { code = '', message } = thrown as NodeJS.ErrnoException // csv-parse's errors carry a code
    if (!code.startsWith('CSV_')) throw thrown
    throw new ConnectorError('FILE_INVALID', `${path}: ${message}`, { cause: thrown })
  }
}

function isList(record: DataRecord | readonly string[]): record is readonly string[] {
  return Array.isArray(record)
}

async function* ndjsonRecords(bytes: NodeJS.ReadableStream, { path }: FileOptions): AsyncGenerator<DataRecord> {
  let number = 0
  const failed = new Promise<never>((_resolve, reject) => bytes.once('error', reject))
  failed.catch(() => undefined)
  for await (const line of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() !== '') yield parseRecord(line, `${path}:${number}`)
  }
  // readline ends quietly when its input breaks.
  if ('errored' in bytes && bytes.errored !== null) await failed
}

async function* jsonRecords(bytes: NodeJS.ReadableStream, { path }: FileOptions): AsyncGenerator<DataRecord> {
  let number = 0
  for await (const text of elementsOf(bytes as AsyncIterable<Buffer>, path)) {
    number += 1
    yield parseRecord(text, `${path}: record ${number}`)
  }
}

function parseRecord(text: string, where: string): DataRecord {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new ConnectorError('FILE_INVALID', `${where} is not valid JSON`, { cause })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConnectorError('FILE_INVALID', `${where} is not an object with fields`)
  }
  return parsed as DataRecord // an object out of JSON.parse
}
