import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { DataRecord, RunContext, WriteOutcome } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'
import { createEncoder } from './formats.ts'
import type { FileOptions } from './options.ts'

/** A file that is being written, not under its own name yet. */
export interface PartialFile {
  /** Appends a batch; when it resolves the bytes are on the disk. Throws DISK_FULL, FILE_DENIED. */
  append(batch: readonly DataRecord[]): Promise<readonly WriteOutcome[]>
  /** Completes the file and gives it its name, at once and safe against a power cut. */
  finish(): Promise<void>
  /** Leaves an unfinished file where it is, and says so. */
  close(): Promise<void>
}

/** What is known of the file at a checkpoint; saved by the host together with it. */
interface FileState {
  readonly bytes: number
  /** Checksum of those bytes: what stands on the disk after a crash is believed only when it is the same. */
  readonly crc: number
  readonly records: number
  readonly columns?: readonly string[]
}

const stateKey = 'file'
const nothing: FileState = { bytes: 0, crc: 0, records: 0 }

/**
 * Opens the file of a run, anew or where its checkpoint left it: what was written after the checkpoint is cut off, as
 * it comes again. Throws STATE_LOST when the earlier attempt's file is gone or damaged.
 */
export async function openPartialFile(path: string, options: FileOptions, context: RunContext): Promise<PartialFile> {
  const partial = `${path}.${context.runId}.partial`
  const saved = (context.state.get(stateKey) as unknown as FileState | undefined) ?? nothing // set below
  const place = { path, partial, options, context, saved }
  try {
    if (saved.bytes === 0) return createPartialFile({ ...place, handle: await create(partial) })
    const handle = await reopen(partial, saved)
    if (handle !== undefined) return createPartialFile({ ...place, handle })
  } catch (thrown) {
    throw fileError(thrown, partial)
  }
  const end = createEncoder(options, saved.columns).end(false)
  const finished = { bytes: saved.bytes + Buffer.byteLength(end), crc: crc32(end, saved.crc) }
  if (await isFinished(path, finished)) return finishedBefore()
  throw lost(`${partial} of an earlier attempt is gone`)
}

async function create(partial: string): Promise<FileHandle> {
  // What an attempt without a checkpoint left; it comes again. Opening it would follow a link put in its place.
  await rm(partial, { force: true })
  return open(partial, 'wx', 0o640)
}

/** Undefined when there is no such file. */
async function reopen(partial: string, { bytes, crc }: FileState): Promise<FileHandle | undefined> {
  const handle = await open(partial, constants.O_RDWR | constants.O_NOFOLLOW).catch(ignoreMissing)
  if (handle === undefined) return undefined
  try {
    if ((await handle.stat()).size < bytes)
      throw lost(`${partial} of an earlier attempt is shorter than its checkpoint says`)
    if ((await checksum(handle, bytes)) !== crc)
      throw lost(`${partial} of an earlier attempt is not what its checkpoint says; it was changed or damaged`)
    await handle.truncate(bytes)
    return handle
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

/** The crash may have come right after the file got its name. */
async function isFinished(path: string, { bytes, crc }: { readonly bytes: number; readonly crc: number }) {
  const handle = await open(path, 'r').catch(ignoreMissing)
  if (handle === undefined) return false
  try {
    return (await handle.stat()).size === bytes && (await checksum(handle, bytes)) === crc
  } finally {
    await handle.close()
  }
}

async function checksum(handle: FileHandle, bytes: number): Promise<number> {
  const portion = Buffer.allocUnsafe(1024 * 1024)
  let crc = 0
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await handle.read(portion, 0, Math.min(portion.byteLength, bytes - at), at)
    if (bytesRead === 0) return -1
    crc = crc32(portion.subarray(0, bytesRead), crc)
    at += bytesRead
  }
  return crc
}

function ignoreMissing(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== 'ENOENT') throw thrown
}

function lost(problem: string): ConnectorError {
  return new ConnectorError('STATE_LOST', problem)
}

function finishedBefore(): PartialFile {
  return {
    append: () => Promise.reject(lost('the file was finished by an earlier attempt, yet there are more records')),
    finish: async () => undefined,
    close: async () => undefined,
  }
}

function createPartialFile(parts: {
  readonly path: string
  readonly partial: string
  readonly handle: FileHandle
  readonly options: FileOptions
  readonly context: RunContext
  readonly saved: FileState
}): PartialFile {
  const { path, partial, handle, context, saved } = parts
  const encoder = createEncoder(parts.options, saved.columns)
  let { bytes, crc, records } = saved
  let hasName = false

  async function put(texts: Iterable<string>): Promise<void> {
    const at = { bytes, crc }
    try {
      for (const portion of portions(texts)) {
        await writeAll(handle, portion, at.bytes)
        at.bytes += portion.byteLength
        at.crc = crc32(portion, at.crc)
      }
      await handle.datasync()
    } catch (thrown) {
      await handle.truncate(bytes).catch(() => undefined) // part of a batch helps nobody
      throw fileError(thrown, partial, `; its first ${count(records)} records are safe, ${path} is as it was`)
    }
    ;({ bytes, crc } = at)
  }

  return {
    async append(batch) {
      const { texts, outcomes } = encoder.encode(batch, bytes === 0)
      const writtenCount = outcomes.filter(({ status }) => status === 'written').length
      if (writtenCount > 0) await put(texts)
      records += writtenCount
      const { columns } = encoder
      context.state.set(stateKey, { bytes, crc, records, ...(columns === undefined ? {} : { columns }) })
      return outcomes
    },
    async finish() {
      await put([encoder.end(bytes === 0)])
      try {
        await handle.sync()
        await rename(partial, path)
        hasName = true
        await syncFolder(dirname(path))
      } catch (thrown) {
        throw fileError(thrown, path)
      }
      context.tell('info', `wrote ${path}: ${count(records)} records, ${count(bytes)} bytes`)
    },
    async close() {
      await handle.close()
      if (hasName) return
      context.tell('warning', `${basename(path)} is not finished; ${count(records)} records stand in ${partial}`)
    },
  }
}

const portionBytes = 256 * 1024

/** The texts as UTF-8, a portion at a time; each portion is valid until the next is asked for. */
function* portions(texts: Iterable<string>): Generator<Buffer> {
  let portion = Buffer.allocUnsafe(portionBytes)
  let used = 0
  for (const text of texts) {
    const most = text.length * 3 // no character of a string takes more bytes
    if (used + most > portion.byteLength) {
      if (used > 0) yield portion.subarray(0, used)
      used = 0
      if (most > portion.byteLength) portion = Buffer.allocUnsafe(most)
    }
    used += portion.write(text, used)
  }
  if (used > 0) yield portion.subarray(0, used)
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    // The system may take less than it is given, as on a disk that is nearly full.
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at + done)
    done += bytesWritten
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

/** A new name is safe only when its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
