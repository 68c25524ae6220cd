import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { DataRecord, Page, Position, ReadContext, SourceActivity } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import type { FolderConnection } from './connection.ts'
import { readCsv } from './csv-reader.ts'
import type { Found, Mark, Reading } from './found.ts'
import { readJson } from './json-reader.ts'
import { readNdjson } from './ndjson-reader.ts'
import { type FileOptions, optionsSchema, parseOptions } from './options.ts'
import { openSource, type SourceFile } from './source-file.ts'

/**
 * Reads the records of a file, a page at a time, whatever its size. A later attempt goes on at the byte where the page
 * ended, if the file is still the same. Throws FILE_NOT_FOUND, FILE_DENIED, FILE_INVALID with the line, STATE_LOST.
 */
export const read: SourceActivity<FolderConnection> = {
  role: 'source',
  options: optionsSchema,
  read: (connection, options, resumeFrom, context) => readFile(connection, options, resumeFrom, context),
}

const pageRecords = 1_000
/** Ends a page of large records early: a page is held as a whole. */
const pageBytes = 4 * 1024 * 1024

const position = Type.Object({
  offset: Type.Integer({ minimum: 0 }),
  line: Type.Integer({ minimum: 1 }),
  columns: Type.Optional(Type.Array(Type.String())),
  /** What the file was like; a file that changed since must not be read on in the middle. */
  sizeBytes: Type.Integer(),
  modifiedMs: Type.Number(),
})
type FilePosition = Static<typeof position>

/** The records of the first page, to see what they look like. */
export async function firstRecords(connection: FolderConnection, options: object): Promise<readonly DataRecord[]> {
  const { signal } = new AbortController()
  for await (const { records } of readFile(connection, options, undefined, { signal })) return records
  return []
}

async function* readFile(
  connection: FolderConnection,
  options: unknown,
  resumeFrom: Position | undefined,
  { signal }: Pick<ReadContext, 'signal'>,
): AsyncGenerator<Page> {
  signal.throwIfAborted()
  const parsed = parseOptions(options)
  const { path } = parsed
  const file = await openSource(await connection.locate(path, 'read'), path)
  try {
    const start = startOf(file, resumeFrom, path)
    const found = recordsOf({ path, start, bytes: file.bytesFrom(start.offset, signal) }, parsed)
    const { sizeBytes, modifiedMs } = file
    for await (const { records, after } of pagesOf(found, start.offset)) {
      signal.throwIfAborted()
      const { columns, ...place } = after
      const names = columns === undefined ? {} : { columns: [...columns] }
      yield { records, position: { ...place, ...names, sizeBytes, modifiedMs } satisfies FilePosition }
    }
    signal.throwIfAborted()
  } finally {
    await file.close()
  }
}

function startOf(file: SourceFile, resumeFrom: Position | undefined, path: string): Reading['start'] {
  if (resumeFrom === undefined) return { offset: file.beginning, line: 1, isBeginning: true }
  if (!Value.Check(position, resumeFrom))
    throw new ConnectorError('STATE_LOST', `${path}: the place to go on from is not one of this connector`)
  const { sizeBytes, modifiedMs, columns, ...place } = resumeFrom
  if (sizeBytes !== file.sizeBytes || modifiedMs !== file.modifiedMs)
    throw new ConnectorError('STATE_LOST', `${path} has changed since an earlier attempt of this run read part of it`)
  return { ...place, ...(columns === undefined ? {} : { columns }), isBeginning: false }
}

function recordsOf(reading: Reading, options: FileOptions): AsyncIterable<readonly Found[]> {
  switch (options.format) {
    case 'csv':
      return readCsv(reading, options)
    case 'ndjson':
      return readNdjson(reading)
    case 'json':
      return readJson(reading)
    default:
      return options.format satisfies never
  }
}

interface Portion {
  readonly records: readonly DataRecord[]
  readonly after: Mark
}

async function* pagesOf(groups: AsyncIterable<readonly Found[]>, offset: number): AsyncGenerator<Portion> {
  let records: DataRecord[] = []
  let from = offset
  let last: Mark | undefined
  for await (const group of groups) {
    for (const { record, after } of group) {
      records.push(record)
      last = after
      if (records.length < pageRecords && after.offset - from < pageBytes) continue
      yield { records, after }
      records = []
      from = after.offset
    }
  }
  if (records.length > 0 && last !== undefined) yield { records, after: last }
}
