import { writeFileSync } from 'node:fs'
import { appendFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type SegmentSealer, sealSegment } from './debug-cipher.ts'
import { type DebugStep, debugSteps, findFolder, folderOf, newFolder, segmentName } from './debug-files.ts'
import { shortLine } from './debug-lines.ts'
import type { Redactor } from './redact.ts'

/** Writes the debug data of one run, beside the run and never in its way. Nothing it does throws or rejects. */
export interface DebugLog {
  /** Takes a line of JSON, without a newline; it is masked, then shortened, then written a little later. */
  write(step: DebugStep, json: string): void
  /** Resolves when what was taken so far is written, or lost. */
  flush(): Promise<void>
  /** Writes what was taken, at once: the process is about to end. */
  flushNow(): void
  /** How many lines could not be written. */
  lost(): number
}

/** What a debug log is written with. */
export interface DebugLogParts {
  readonly root: string
  readonly runId: string
  readonly maxBytes: number
  /** Absent: plain text. Throws when there is no key; then nothing is written at all. */
  readonly readKey?: () => Buffer
  readonly redactor: Redactor
  /** The oldest of a step had to go, for the first time. */
  readonly onCap: () => void
  /** Lines are lost, for the first time since it went well. */
  readonly onTrouble: (error: unknown) => void
}

const flushEveryMs = 250
const flushAtChars = 256 * 1024
/** Beyond it, when the disk does not keep up, lines are dropped and counted. */
const maxWaitingChars = 8 * 1024 * 1024
const segmentsPerRun = 24
const maxSegmentBytes = 4 * 1024 * 1024

/** What is known of the file a step is being written to. */
interface OpenSegment {
  number: number
  sizeBytes: number
  sealer: SegmentSealer | undefined
}

interface KeptSegment {
  readonly step: DebugStep
  readonly number: number
  readonly path: string
  sizeBytes: number
}

/** Opens the debug log of a run; an earlier attempt's is gone on with. */
export function openDebugLog(parts: DebugLogParts): DebugLog {
  const waiting = new Map<DebugStep, string[]>()
  const files = createSegmentFiles(parts)
  let waitingChars = 0
  let lost = 0
  let isTroubled = false
  let writing: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  function take(): readonly (readonly [DebugStep, readonly string[]])[] {
    const taken = [...waiting].filter(([, lines]) => lines.length > 0)
    waiting.clear()
    waitingChars = 0
    return taken
  }

  function lose(count: number, cause: unknown): void {
    lost += count
    if (!isTroubled) parts.onTrouble(cause)
    isTroubled = true
  }

  async function writeWaiting(): Promise<void> {
    for (const [step, lines] of take()) {
      try {
        await files.append(step, lines)
        isTroubled = false
      } catch (thrown) {
        lose(lines.length, thrown)
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeWaiting)
    return writing
  }

  return {
    write(step, json) {
      try {
        const line = shortLine(parts.redactor.redactJson(json))
        if (waitingChars > maxWaitingChars) return lose(1, new Error('the disk does not keep up'))
        const lines = waiting.get(step)
        if (lines === undefined) waiting.set(step, [line])
        else lines.push(line)
        waitingChars += line.length
      } catch (thrown) {
        return lose(1, thrown)
      }
      if (waitingChars > flushAtChars) void flush()
      else timer ??= setTimeout(flush, flushEveryMs).unref()
    },
    flush,
    flushNow() {
      clearTimeout(timer)
      for (const [step, lines] of take()) {
        try {
          files.appendNow(step, lines)
        } catch (thrown) {
          lose(lines.length, thrown)
        }
      }
    },
    lost: () => lost,
  }
}

interface SegmentFiles {
  append(step: DebugStep, lines: readonly string[]): Promise<void>
  /** To a file of its own, as another one may be half written. */
  appendNow(step: DebugStep, lines: readonly string[]): void
}

/** The files of a run, within the cap. */
function createSegmentFiles({ root, runId, maxBytes, readKey, onCap }: DebugLogParts): SegmentFiles {
  const segmentBytes = Math.min(maxSegmentBytes, Math.floor(maxBytes / segmentsPerRun))
  const kept: KeptSegment[] = []
  const open = new Map<DebugStep, OpenSegment>()
  let directory: string | undefined
  let key: Buffer | undefined

  async function openFolder(): Promise<string> {
    key = readKey?.()
    const found = await findFolder(root, runId)
    const folder = found ?? newFolder(root, runId, new Date())
    await mkdir(folder, { recursive: true, mode: 0o700 })
    kept.length = 0
    kept.push(...(await folderOf(folder, runId)).segments.map(each => ({ ...each })))
    for (const step of debugSteps) {
      const number = kept.reduce((most, each) => (each.step === step ? Math.max(most, each.number) : most), 0)
      open.set(step, { number, sizeBytes: Number.POSITIVE_INFINITY, sealer: undefined })
    }
    return folder
  }

  /** The bytes to append and where to; begins a segment when the last one is full. */
  function prepare(folder: string, step: DebugStep, lines: readonly string[]) {
    const text = Buffer.from(`${lines.join('\n')}\n`)
    const before = open.get(step) ?? { number: 0, sizeBytes: Number.POSITIVE_INFINITY, sealer: undefined }
    const isNew = before.sizeBytes >= segmentBytes
    const number = isNew ? before.number + 1 : before.number
    const sealer = isNew ? key && sealSegment(key, placeOf(runId, step, number)) : before.sealer
    const bytes = sealer === undefined ? text : Buffer.concat([...(isNew ? [sealer.head] : []), sealer.seal(text)])
    const path = join(folder, segmentName({ step, number }, sealer !== undefined))
    // Until it is written it counts as full: what is half written is not gone on with.
    open.set(step, { number, sizeBytes: Number.POSITIVE_INFINITY, sealer })
    return { path, bytes, segment: { number, sizeBytes: (isNew ? 0 : before.sizeBytes) + bytes.length, sealer } }
  }

  function note(step: DebugStep, path: string, segment: OpenSegment): void {
    open.set(step, segment)
    const known = kept.find(each => each.path === path)
    if (known === undefined) kept.push({ step, number: segment.number, path, sizeBytes: segment.sizeBytes })
    else known.sizeBytes = segment.sizeBytes
  }

  async function write(step: DebugStep, lines: readonly string[]): Promise<void> {
    directory ??= await openFolder()
    const { path, bytes, segment } = prepare(directory, step, lines)
    await appendFile(path, bytes, { mode: 0o600 })
    note(step, path, segment)
  }

  /** Deletes the oldest segment of the largest step until the rest fits. */
  async function trim(): Promise<void> {
    const sum = () => kept.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
    while (sum() > maxBytes) {
      const oldest = oldestOfLargest(kept)
      if (oldest === undefined) return
      kept.splice(kept.indexOf(oldest), 1)
      await rm(oldest.path, { force: true })
      onCap()
    }
  }

  return {
    async append(step, lines) {
      try {
        await write(step, lines)
      } catch (thrown) {
        // What is half written is not gone on with, and the next lines look for the folder anew.
        directory = undefined
        // It may just have been deleted, for want of space or by hand.
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
        await write(step, lines)
      }
      await trim()
    },
    appendNow(step, lines) {
      if (directory === undefined) return
      const last = open.get(step)
      open.set(step, { number: last?.number ?? 0, sizeBytes: Number.POSITIVE_INFINITY, sealer: undefined })
      const { path, bytes } = prepare(directory, step, lines)
      writeFileSync(path, bytes, { mode: 0o600, flag: 'a' })
    },
  }
}

/** Where an encrypted segment belongs. */
export function placeOf(runId: string, step: DebugStep, number: number): string {
  return `${runId}/${step}/${number}`
}

/** Of the step that takes most, never its newest. */
function oldestOfLargest(kept: readonly KeptSegment[]): KeptSegment | undefined {
  const sizes = debugSteps.map(step => {
    const own = kept.filter(each => each.step === step).sort((a, b) => a.number - b.number)
    return { own, sizeBytes: own.length < 2 ? 0 : own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  })
  const largest = sizes.reduce((most, each) => (each.sizeBytes > most.sizeBytes ? each : most))
  return largest.sizeBytes === 0 ? undefined : largest.own[0]
}
