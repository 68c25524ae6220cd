import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { ConnectorError } from '../sdk/errors.ts'
import { fileError } from './file-errors.ts'

/** A file open for reading. */
export interface SourceFile {
  /** Size and time of the last change: whether it is still the file of an earlier attempt. */
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Bytes before the first character: 3 when the file begins with a byte order mark. */
  readonly beginning: number
  /** The bytes from an offset on; every portion is memory of its own. */
  bytesFrom(offset: number, signal: AbortSignal): AsyncIterable<Buffer>
  close(): Promise<void>
}

const portionBytes = 256 * 1024
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Opens a file. Throws FILE_NOT_FOUND, FILE_DENIED; FILE_INVALID for what is no file, like a folder or a pipe. */
export async function openSource(file: string, path: string): Promise<SourceFile> {
  try {
    // Opening a pipe would wait for somebody to write into it.
    if (!(await stat(file)).isFile()) throw new ConnectorError('FILE_INVALID', `${path} is not a file`)
    const handle = await open(file, constants.O_RDONLY)
    const { size, mtimeMs } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0)
    return {
      sizeBytes: size,
      modifiedMs: mtimeMs,
      beginning: bytesRead === 3 && buffer.equals(byteOrderMark) ? 3 : 0,
      bytesFrom: (offset, signal) => bytesFrom(handle, { offset, path, signal }),
      close: () => handle.close(),
    }
  } catch (thrown) {
    throw fileError(thrown, path)
  }
}

async function* bytesFrom(
  handle: FileHandle,
  { offset, path, signal }: { readonly offset: number; readonly path: string; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  for (let at = offset; ; ) {
    signal.throwIfAborted()
    const portion = Buffer.allocUnsafeSlow(portionBytes)
    const { bytesRead } = await handle.read(portion, 0, portionBytes, at).catch((thrown: unknown) => {
      throw fileError(thrown, path)
    })
    if (bytesRead === 0) return
    at += bytesRead
    yield portion.subarray(0, bytesRead)
  }
}
