import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { AgentError } from '../errors.ts'
import { openSegment } from './debug-cipher.ts'
import {
  type DebugFolder,
  type DebugSegment,
  type DebugStep,
  debugSteps,
  findFolder,
  folderOf,
  foldersBelow,
  segmentName,
} from './debug-files.ts'
import { placeOf } from './debug-log.ts'
import type { Redactor } from './redact.ts'

/** What there is of one run. */
export interface DebugOverview {
  readonly runId: string
  readonly firstAt: string
  readonly lastAt: string
  readonly sizeBytes: number
  readonly isEncrypted: boolean
  readonly steps: readonly DebugStepOverview[]
}

export interface DebugStepOverview {
  readonly step: DebugStep
  readonly sizeBytes: number
  /** Of its files the oldest so many were deleted for want of space. */
  readonly deletedSegments: number
}

/** Reads debug data; everything is decrypted and masked once more. */
export interface DebugReader {
  /** All runs there is something of, the newest first. */
  runs(): Promise<readonly DebugOverview[]>
  /** Throws DEBUG_LOG_NOT_FOUND, as all below. */
  run(runId: string): Promise<DebugOverview>
  /** Lines of JSON, oldest first. What was deleted is told by a first line with `note`. Throws DEBUG_LOG_UNREADABLE too. */
  lines(runId: string, step: DebugStep): AsyncIterable<string>
  /** A packed archive of all of it, piece by piece. Throws DEBUG_LOG_UNREADABLE too. */
  archive(runId: string): AsyncIterable<Buffer>
}

/** A reader of what lies below a folder; the key is read only when something is encrypted. */
export function createDebugReader(parts: {
  readonly root: string
  readonly readKey: () => Buffer
  readonly redactor: Redactor
}): DebugReader {
  const { root } = parts

  async function folder(runId: string): Promise<DebugFolder> {
    const directory = await findFolder(root, runId)
    const found = directory === undefined ? undefined : await folderOf(directory, runId)
    if (found === undefined || found.segments.length === 0) {
      throw new AgentError('DEBUG_LOG_NOT_FOUND', `no debug data of run ${JSON.stringify(runId)} on this agent`)
    }
    return found
  }

  /** The lines of a segment; of one that was deleted meanwhile none. */
  async function read(runId: string, { path, step, number, isEncrypted }: DebugSegment): Promise<readonly string[]> {
    const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return Buffer.alloc(0)
      throw thrown
    })
    const plain = isEncrypted ? openSegment(parts.readKey(), placeOf(runId, step, number), bytes) : bytes
    const lines = plain.toString('utf8').split('\n')
    // Of a process that was killed the last line may not be whole.
    return lines.filter(line => line.startsWith('{') && line.endsWith('}')).map(parts.redactor.redactJson)
  }

  return {
    async runs() {
      const folders = (await foldersBelow(root)).filter(({ segments }) => segments.length > 0)
      return folders.reverse().map(overviewOf)
    },
    run: async runId => overviewOf(await folder(runId)),
    async *lines(runId, step) {
      const segments = (await folder(runId)).segments.filter(each => each.step === step)
      const missing = missingBefore(segments)
      if (missing > 0) yield JSON.stringify({ note: missingText(missing) })
      for (const segment of segments) yield* await read(runId, segment)
    },
    async *archive(runId) {
      const found = await folder(runId)
      yield packed(`${runId}/overview.json`, `${JSON.stringify(overviewOf(found), null, 2)}\n`)
      for (const segment of found.segments) {
        const lines = await read(runId, segment)
        const name = `${runId}/${segmentName(segment, false)}`
        yield packed(name, lines.map(line => `${line}\n`).join(''))
      }
      yield gzipSync(Buffer.alloc(1_024))
    },
  }
}

function overviewOf({ runId, segments, sizeBytes, firstMs, lastMs }: DebugFolder): DebugOverview {
  const steps = debugSteps.flatMap(step => {
    const own = segments.filter(each => each.step === step)
    const size = own.reduce((sum, each) => sum + each.sizeBytes, 0)
    return own.length === 0 ? [] : [{ step, sizeBytes: size, deletedSegments: missingBefore(own) }]
  })
  const [firstAt, lastAt] = [new Date(firstMs).toISOString(), new Date(lastMs).toISOString()]
  return { runId, firstAt, lastAt, sizeBytes, isEncrypted: segments.some(each => each.isEncrypted), steps }
}

function missingBefore(segments: readonly DebugSegment[]): number {
  return Math.max(0, (segments[0]?.number ?? 1) - 1)
}

function missingText(count: number): string {
  const files = count === 1 ? 'the oldest file of this step was' : `the oldest ${count} files of this step were`
  return `${files} deleted: debugLogs.maxRunMegabytes or debugLogs.maxTotalMegabytes was reached`
}

/** A file as tar has it, packed: packed pieces behind each other are one packed archive (RFC 1952, 2.2). */
function packed(path: string, text: string): Buffer {
  const contents = Buffer.from(text)
  const head = Buffer.alloc(512)
  const facts = { path, mode: 0o600, size: contents.length, mtime: new Date(), type: 'File', uid: 0, gid: 0 } as const
  new Header({ ...facts, uname: '', gname: '' }).encode(head)
  return gzipSync(Buffer.concat([head, contents, Buffer.alloc(-contents.length & 511)]))
}
