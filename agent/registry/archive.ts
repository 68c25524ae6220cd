import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, gzipSync } from 'node:zlib'
import { Header, Parser, type ReadEntry } from 'tar'
import { errorCode, toError } from '../errors.ts'
import { invalid } from './invalid.ts'
import { createPathSet, type PathSet, pathProblem } from './release-path.ts'
import { entriesBelow } from './tree.ts'

/** A file of a package, in memory. */
export interface PackedFile {
  /** Relative to the release, with `/`. */
  readonly path: string
  readonly contents: Uint8Array
}

/** What an archive may cost at most. */
export interface ArchiveCaps {
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Files and folders. */
  readonly entries: number
  /** Unpacked bytes for each packed one, once more than a megabyte is unpacked. */
  readonly ratio: number
}

/** Caps for packages that somebody hands over as a file. */
export const usualCaps: ArchiveCaps = { packedBytes: 50e6, unpackedBytes: 200e6, entries: 2_000, ratio: 200 }

/** Archives of npm hold everything below this folder. */
const prefix = 'package/'

/** Packs a release folder as it is. The same files give the same bytes. Throws CONNECTOR_INVALID. */
export async function packRelease(folder: string): Promise<Buffer> {
  const entries = await entriesBelow(folder)
  const files = await Promise.all(
    entries
      .filter(({ kind }) => kind !== 'folder')
      .map(async ({ path, location, kind }) => {
        if (kind === 'other') throw invalid(folder, `holds what is neither file nor folder: ${path}`)
        return { path, contents: await readFile(location) }
      }),
  )
  return packFiles(files, folder)
}

/** Packs files in memory; `subject` begins messages. Order, owners, times and modes are fixed. Throws CONNECTOR_INVALID. */
export function packFiles(files: readonly PackedFile[], subject: string): Buffer {
  const paths = createPathSet()
  const blocks = [...files]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ path, contents }) => {
      const problem = pathProblem(path) ?? paths.add(path, 'file')
      if (problem !== undefined) throw invalid(subject, problem)
      return [headerOf(path, contents.byteLength), contents, Buffer.alloc(-contents.byteLength & 511)]
    })
  const packed = gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]), { level: 9 })
  packed[9] = 255 // which operating system packed it: unknown
  return packed
}

/** The time npm gives every file, so that packing again changes nothing. */
const fixedTime = new Date('1985-10-26T08:15:00.000Z')

function headerOf(path: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  const facts = { path: `${prefix}${path}`, mode: 0o644, size, mtime: fixedTime, type: 'File', uid: 0, gid: 0 } as const
  new Header({ ...facts, uname: '', gname: '' }).encode(block)
  return block
}

/**
 * Unpacks an archive into an empty folder. Only regular files below `package/` come out of it; at anything else, and as soon
 * as a cap is passed, it stops and throws CONNECTOR_INVALID; what is in the folder by then is the caller's to remove.
 * Errors of the file system (disk full) are passed on.
 */
export async function unpack(file: string, folder: string, caps: ArchiveCaps, signal: AbortSignal): Promise<void> {
  const { size } = await stat(file)
  if (size > caps.packedBytes) throw invalid(file, `is larger than ${caps.packedBytes} bytes`)
  const unpacking = createUnpacking({ subject: file, folder, caps })
  const gunzip = createGunzip()
  // A pipeline may tell that it was ended instead of why.
  let refusal: unknown
  try {
    await pipeline(
      createReadStream(file),
      gunzip,
      async chunks => {
        try {
          for await (const chunk of chunks) unpacking.take(chunk as Buffer, gunzip.bytesWritten) // of a stream of bytes
          unpacking.end()
        } catch (thrown) {
          refusal = thrown
          throw thrown
        }
      },
      { signal },
    )
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toError(refusal ?? thrown)
    if (errorCode(error) !== undefined || 'syscall' in error) throw error
    throw invalid(file, `is no readable archive: ${error.message}`, error)
  } finally {
    unpacking.close()
  }
}

interface Unpacking {
  /** Takes the next unpacked bytes; `packedBytes` have been read for everything so far. */
  take(chunk: Buffer, packedBytes: number): void
  end(): void
  close(): void
}

/** Files are written synchronously, a chunk at a time: so nothing is buffered, and the first refusal ends it all. */
function createUnpacking(target: { subject: string; folder: string; caps: ArchiveCaps }): Unpacking {
  const { subject, folder, caps } = target
  const paths = createPathSet()
  const parser = new Parser({ strict: true })
  let head: Buffer | undefined = Buffer.alloc(0)
  let unpackedBytes = 0
  let entries = 0
  let open: number | undefined
  let hasEnded = false

  const count = () => {
    entries += 1
    if (entries > caps.entries) throw invalid(subject, `holds more than ${caps.entries} entries`)
  }
  parser.on('meta', count)
  parser.on('eof', () => {
    hasEnded = true
  })
  parser.on('ignoredEntry', ({ meta, type }: ReadEntry) => {
    throw invalid(subject, meta ? 'holds a header that is too long' : `holds a ${type}: only files are allowed`)
  })
  parser.on('entry', (entry: ReadEntry) => {
    count()
    const path = pathOf(entry, paths, subject)
    if (path === undefined) return void entry.resume()
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o755 })
    const descriptor = openSync(join(folder, path), 'wx', 0o644)
    open = descriptor
    entry.on('data', chunk => writeAll(descriptor, chunk))
    entry.on('end', () => {
      open = undefined
      closeSync(descriptor)
    })
  })

  return {
    take(chunk, packedBytes) {
      unpackedBytes += chunk.length
      if (unpackedBytes > caps.unpackedBytes) throw invalid(subject, `unpacks to more than ${caps.unpackedBytes} bytes`)
      if (unpackedBytes > 1e6 && unpackedBytes > caps.ratio * packedBytes) {
        throw invalid(subject, `unpacks to more than ${caps.ratio} times its size`)
      }
      // Behind its end the parser would gather what else comes.
      if (hasEnded) return
      head = head === undefined ? undefined : Buffer.concat([head, chunk])
      if (head !== undefined && head.length < 512) return
      if (head !== undefined) checkHead(head, subject)
      parser.write(head ?? chunk)
      head = undefined
    },
    end() {
      if (head !== undefined) throw invalid(subject, 'is no tar archive')
      parser.end()
      if (entries === 0) throw invalid(subject, 'is empty')
    },
    close() {
      if (open !== undefined) closeSync(open)
    },
  }
}

/** The parser would unpack an archive within the archive by itself, past our caps. */
function checkHead(head: Buffer, subject: string): void {
  const isPrintable = head.subarray(0, 4).every(byte => byte >= 0x20 && byte < 0x7f)
  if (!isPrintable || head.toString('latin1', 257, 262) !== 'ustar') throw invalid(subject, 'is no tar archive')
}

/** The path of a file within the release; undefined for a folder, which is made when a file needs it. */
function pathOf({ type, path }: ReadEntry, paths: PathSet, subject: string): string | undefined {
  const kind = type === 'File' || type === 'OldFile' ? 'file' : type === 'Directory' ? 'folder' : undefined
  if (kind === undefined) throw invalid(subject, `holds a ${type}, ${JSON.stringify(path)}: only files are allowed`)
  const whole = kind === 'folder' ? path.replace(/\/$/, '') : path
  if (kind === 'folder' && `${whole}/` === prefix) return undefined
  const inside = whole.startsWith(prefix) ? whole.slice(prefix.length) : undefined
  const problem =
    inside === undefined
      ? (pathProblem(whole) ?? `holds a file that is not below ${prefix}: ${whole}`)
      : (pathProblem(inside) ?? paths.add(inside, kind))
  if (problem !== undefined) throw invalid(subject, problem)
  return kind === 'file' ? inside : undefined
}

function writeAll(descriptor: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done)
}
