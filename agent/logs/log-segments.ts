import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A file of a log: the one that is written, or a rotated one. Lines are numbered from the first the log ever had. */
export interface LogSegment {
  readonly path: string
  /** Number of its first line. */
  readonly first: number
  /** Number of its last line; undefined of the file that is written. */
  readonly last: number | undefined
  readonly isPacked: boolean
}

/** The rotated file of these lines: `agent.log.000000000001-000000004711`, with `.gz` once it is packed. */
export function rotatedPath(path: string, first: number, last: number): string {
  return `${path}.${padded(first)}-${padded(last)}`
}

/** The files of a log, oldest first; the one that is written comes last and may not be there. */
export function listSegments(path: string): readonly LogSegment[] {
  const rotated = new Map<number, LogSegment>()
  for (const name of namesIn(dirname(path)).sort()) {
    const segment = rotatedSegment(path, name)
    // After a crash a file may be there both packed and not; the one that is not packed is whole.
    if (segment !== undefined && !rotated.has(segment.first)) rotated.set(segment.first, segment)
  }
  const sorted = [...rotated.values()].sort((a, b) => a.first - b.first)
  const first = (sorted.at(-1)?.last ?? 0) + 1
  return [...sorted, { path, first, last: undefined, isPacked: false }]
}

/** The logs of a directory, as they are called in cursors: `agent`, `connectors/bigcommerce`, `metrics`. */
export function listLogs(directory: string): readonly string[] {
  const nameOf = (name: string) => /^([a-z][a-z0-9-]*)\.log(\.|$)/.exec(name)?.[1]
  const connectors = namesIn(join(directory, 'connectors')).map(nameOf)
  const names = connectors.filter(name => name !== undefined).map(name => `connectors/${name}`)
  const hasMetrics = namesIn(directory).some(name => nameOf(name) === 'metrics')
  return ['agent', ...[...new Set(names)].sort(), ...(hasMetrics ? ['metrics'] : [])]
}

/** Size and time of the last change in ms; undefined when the file is not there. */
export function statOf(path: string): { readonly size: number; readonly mtimeMs: number } | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/**
 * Whole lines as they come from the disk, and how many bytes they took; a line that is not ended yet is left out.
 * Throws ENOENT when the file is not there any more, or not what it was listed as.
 */
export async function* readSegment(
  segment: LogSegment,
  start: number,
): AsyncGenerator<{ readonly lines: readonly string[]; readonly sizeBytes: number }> {
  const handle = await open(segment.path)
  if (segment.last === undefined && listSegments(segment.path).at(-1)?.first !== segment.first) {
    await handle.close()
    throw Object.assign(new Error(`${segment.path} was rotated meanwhile`), { code: 'ENOENT' })
  }
  const file = handle.createReadStream({ start: segment.isPacked ? 0 : start })
  // What fails comes out of the last stream too, where it is thrown to whoever reads.
  const bytes: AsyncIterable<Buffer> = segment.isPacked ? pipeline(file, createGunzip(), () => undefined) : file
  let pieces: Buffer[] = []
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(newline) + 1
    if (end === 0) {
      pieces.push(chunk)
      continue
    }
    const whole = Buffer.concat([...pieces, chunk.subarray(0, end)])
    pieces = end === chunk.length ? [] : [chunk.subarray(end)]
    yield { lines: whole.toString('utf8', 0, whole.length - 1).split('\n'), sizeBytes: whole.length }
  }
}

const newline = 0x0a

function rotatedSegment(path: string, name: string): LogSegment | undefined {
  const base = basename(path)
  if (!name.startsWith(`${base}.`)) return undefined
  const [, first, last, packed] = /^\.(\d{12})-(\d{12})(\.gz)?$/.exec(name.slice(base.length)) ?? []
  if (first === undefined || last === undefined) return undefined
  const file = join(dirname(path), name)
  return { path: file, first: Number(first), last: Number(last), isPacked: packed !== undefined }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Not there yet: then there is nothing in it either.
    return []
  }
}

function padded(line: number): string {
  return String(line).padStart(12, '0')
}
