import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { listSegments, rotatedPath } from './log-segments.ts'

/** One log on the disk: a file that is written, and rotated ones. */
export interface LogFile {
  /**
   * Appends a line, newline included. It has reached the system when this returns, so that it outlives the process.
   * Throws what the file system throws; the file is then as before.
   */
  write(line: string): void
  /** Resolves when rotated files are packed. */
  close(): Promise<void>
}

/**
 * Opens a log. Its last line is cut off when it was never ended (the machine or the process died within it);
 * `isMended` tells so. `onRotated` is called whenever a file has been rotated and packed.
 */
export function openLogFile(
  path: string,
  { maxBytes, onRotated }: { readonly maxBytes: number; readonly onRotated: () => void },
): LogFile & { readonly isMended: boolean } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
  let packing = packAll()
  let first = listSegments(path).at(-1)?.first ?? 1
  let fd = openSync(path, 'a+', 0o640)
  const { lines, wholeBytes, sizeBytes } = measure(fd)
  const isMended = wholeBytes < sizeBytes
  if (isMended) ftruncateSync(fd, wholeBytes)
  let size = wholeBytes
  let last = first + lines - 1

  function rotate(): void {
    renameSync(path, rotatedPath(path, first, last))
    const full = fd
    fd = openSync(path, 'a+', 0o640)
    closeSync(full)
    first = last + 1
    size = 0
    packing = packing.then(packAll)
  }

  async function packAll(): Promise<void> {
    for (const { path: file, last: end, isPacked } of listSegments(path)) {
      if (end === undefined || isPacked || isEmpty(file)) continue
      // A file that cannot be packed now, for want of space, is tried again after the next one.
      await pack(file).catch(() => rmSync(`${file}.gz.part`, { force: true }))
    }
    onRotated()
  }

  return {
    isMended,
    write(line) {
      const bytes = Buffer.from(line)
      if (size > 0 && size + bytes.length > maxBytes) rotate()
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
      } catch (thrown) {
        // Half a line may have found its place on a full disk.
        ftruncateSync(fd, size)
        throw thrown
      }
      size += bytes.length
      last += 1
    },
    async close() {
      closeSync(fd)
      await packing
    },
  }
}

async function pack(file: string): Promise<void> {
  const part = `${file}.gz.part`
  await pipeline(createReadStream(file), createGzip(), createWriteStream(part, { mode: 0o640 }))
  renameSync(part, `${file}.gz`)
  rmSync(file)
}

function isEmpty(file: string): boolean {
  const fd = openSync(file, 'r')
  try {
    return fstatSync(fd).size === 0
  } finally {
    closeSync(fd)
  }
}

/** How many lines a file has, and where the last one ends. */
function measure(fd: number): { readonly lines: number; readonly wholeBytes: number; readonly sizeBytes: number } {
  const chunk = Buffer.alloc(65_536)
  let lines = 0
  let wholeBytes = 0
  let sizeBytes = 0
  for (;;) {
    const read = readSync(fd, chunk, 0, chunk.length, sizeBytes)
    if (read === 0) return { lines, wholeBytes, sizeBytes }
    for (let at = chunk.indexOf(0x0a); at !== -1 && at < read; at = chunk.indexOf(0x0a, at + 1)) {
      lines += 1
      wholeBytes = sizeBytes + at + 1
    }
    sizeBytes += read
  }
}
