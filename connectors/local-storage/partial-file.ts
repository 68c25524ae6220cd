import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { DataRecord, RunContext, WriteOutcome } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'
import { createEncoder } from './formats.ts'
import type { FileOptions } from './options.ts'

/** A file that is being written, not under its own name yet. */
export interface PartialFile {
  /** Appends a batch; when it resolves the bytes are with the system. Throws DISK_FULL, FILE_DENIED. */
  append(batch: readonly DataRecord[]): Promise<readonly WriteOutcome[]>
  /** Completes the file and gives it its name, at once and safe against a power cut. */
  finish(): Promise<void>
  /** Leaves an unfinished file where it is, and says so. */
  close(): Promise<void>
}

/** What is known of the file at a checkpoint; saved by the host together with it. */
interface FileState {
  readonly bytes: number
  readonly records: number
  readonly columns?: readonly string[]
  /** Size of the file, were it finished now: so a crash right after it got its name is understood. */
  readonly finishedBytes: number
}

const stateKey = 'file'

/**
 * Opens the file of a run, anew or where its checkpoint left it: what was written after the checkpoint is cut off, as
 * it comes again. Throws STATE_LOST when the earlier attempt's file is gone.
 */
export async function openPartialFile(path: string, options: FileOptions, context: RunContext): Promise<PartialFile> {
  const partial = `${path}.${context.runId}.partial`
  const saved = context.state.get(stateKey) as unknown as FileState | undefined // set below, by an earlier attempt
  const handle = saved === undefined || saved.bytes === 0 ? await create(partial) : await reopen(partial, path, saved)
  return handle === undefined ? finishedBefore() : createPartialFile({ path, partial, handle, options, context, saved })
}

async function create(partial: string): Promise<FileHandle> {
  try {
    return await open(partial, 'w', 0o640)
  } catch (thrown) {
    throw fileError(thrown, partial)
  }
}

/** Undefined when the file already has its name: the crash came after the last step. */
async function reopen(
  partial: string,
  path: string,
  { bytes, finishedBytes }: FileState,
): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await open(partial, 'r+')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(thrown, partial)
    if ((await sizeOf(path)) === finishedBytes) return undefined
    throw lost(`${partial} of an earlier attempt is gone`)
  }
  const { size } = await handle.stat()
  if (size < bytes) {
    await handle.close()
    throw lost(`${partial} of an earlier attempt is shorter than its checkpoint says`)
  }
  await handle.truncate(bytes)
  return handle
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
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
  readonly saved: FileState | undefined
}): PartialFile {
  const { path, partial, handle, context, saved } = parts
  const encoder = createEncoder(parts.options, saved?.columns)
  let bytes = saved?.bytes ?? 0
  let records = saved?.records ?? 0
  let isFinished = false

  function remember(): void {
    const { columns } = encoder
    const finishedBytes = bytes + Buffer.byteLength(encoder.end(bytes === 0))
    context.state.set(stateKey, { bytes, records, finishedBytes, ...(columns === undefined ? {} : { columns }) })
  }

  async function put(text: string): Promise<void> {
    const buffer = Buffer.from(text)
    try {
      for (let done = 0; done < buffer.byteLength; ) {
        // The system may take less than it is given, as on a disk that is nearly full.
        const { bytesWritten } = await handle.write(buffer, done, buffer.byteLength - done, bytes + done)
        done += bytesWritten
      }
    } catch (thrown) {
      throw fileError(thrown, partial)
    }
    bytes += buffer.byteLength
  }

  return {
    async append(batch) {
      const { text, outcomes } = encoder.encode(batch, bytes === 0)
      if (text !== '') await put(text)
      for (const { status } of outcomes) if (status === 'written') records += 1
      remember()
      return outcomes
    },
    async finish() {
      await put(encoder.end(bytes === 0))
      try {
        await handle.sync()
        await rename(partial, path)
        await syncFolder(dirname(path))
      } catch (thrown) {
        throw fileError(thrown, path)
      }
      isFinished = true
      context.tell(
        'info',
        `wrote ${path}: ${records.toLocaleString('en-US')} records, ${bytes.toLocaleString('en-US')} bytes`,
      )
    },
    async close() {
      await handle.close()
      if (isFinished) return
      context.tell(
        'warning',
        `${basename(path)} is not finished; ${records.toLocaleString('en-US')} records stand in ${partial}`,
      )
    },
  }
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
