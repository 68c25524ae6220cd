import { isUtf8 } from 'node:buffer'
import type { DataRecord } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'

/** A place between two records of a file. */
export interface Mark {
  /** Bytes from the beginning of the file. */
  readonly offset: number
  /** The line the offset is on, from 1. */
  readonly line: number
  /** Names of the columns, once a CSV file has told them. */
  readonly columns?: readonly string[]
}

/** Where a reader starts; only at the beginning there is a header or an opening bracket to come. */
export interface Start extends Mark {
  readonly isBeginning: boolean
}

/** A record and the place right after it. */
export interface Found {
  readonly record: DataRecord
  readonly after: Mark
}

/** What a reader of any format needs. */
export interface Reading {
  readonly path: string
  readonly start: Start
  readonly bytes: AsyncIterable<Buffer>
}

/** A record longer than this is taken for a file in another format: it would have to be held as a whole. */
export const maxRecordBytes = 16 * 1024 * 1024

/** An error at a line of a file. */
export function invalidAt(path: string, line: number, problem: string, cause?: unknown): ConnectorError {
  return new ConnectorError('FILE_INVALID', `${path}, line ${line}: ${problem}`, { cause })
}

/** The text of one record as an object. Throws FILE_INVALID. */
export function parseRecord(text: Buffer, path: string, line: number): DataRecord {
  // Decoding would replace what is not UTF-8 without a word.
  if (!isUtf8(text)) throw invalidAt(path, line, notUtf8)
  let parsed: unknown
  try {
    parsed = JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw invalidAt(path, line, 'is not valid JSON', cause)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidAt(path, line, 'is not an object with fields')
  }
  return parsed as DataRecord // an object out of JSON.parse
}

export const notUtf8 = 'is not UTF-8; save the file in that encoding'
export const tooLong = `the record is longer than ${maxRecordBytes / 1024 / 1024} MB; is this the right format?`
