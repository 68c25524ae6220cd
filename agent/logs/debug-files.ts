import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunId } from '../run-id.ts'

/** The kinds of debug data of a run: one series of files each. */
export const debugSteps = ['events', 'source', 'target', 'trigger'] as const
export type DebugStep = (typeof debugSteps)[number]

/** One file of a series. They are numbered from 1; where the first are missing they were deleted for want of space. */
export interface DebugSegment {
  readonly step: DebugStep
  readonly number: number
  readonly path: string
  readonly isEncrypted: boolean
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** Where a segment belongs: `<run>/events/3`. */
export type SegmentPlace = Pick<DebugSegment, 'step' | 'number'>

/** All there is of a run. */
export interface DebugFolder {
  readonly runId: string
  readonly directory: string
  readonly segments: readonly DebugSegment[]
  readonly sizeBytes: number
  readonly firstMs: number
  readonly lastMs: number
}

const encryptedEnding = '.enc'

/** `events-000003.ndjson`, or with `.enc`. */
export function segmentName({ step, number }: SegmentPlace, isEncrypted: boolean): string {
  return `${step}-${String(number).padStart(6, '0')}.ndjson${isEncrypted ? encryptedEnding : ''}`
}

/** Where the debug data of a run that begins now go: `<root>/2026-11-25/<run>`. */
export function newFolder(root: string, runId: string, now: Date): string {
  return join(root, now.toISOString().slice(0, 10), runId)
}

/** The folder of a run; undefined when there is none. */
export async function findFolder(root: string, runId: string): Promise<string | undefined> {
  // The id becomes a path.
  if (!isRunId(runId)) return undefined
  for (const day of (await daysIn(root)).reverse()) {
    const directory = join(root, day, runId)
    const isThere = await access(directory).then(
      () => true,
      () => false,
    )
    if (isThere) return directory
  }
  return undefined
}

/** The folders of all runs, the oldest first. */
export async function foldersBelow(root: string): Promise<readonly DebugFolder[]> {
  const folders: DebugFolder[] = []
  for (const day of await daysIn(root)) {
    for (const runId of await namesIn(join(root, day))) folders.push(await folderOf(join(root, day, runId), runId))
  }
  return folders.sort((a, b) => a.firstMs - b.firstMs)
}

/** What is in the folder of a run; of one that is just being deleted perhaps nothing. */
export async function folderOf(directory: string, runId: string): Promise<DebugFolder> {
  const segments: DebugSegment[] = []
  for (const name of (await namesIn(directory)).sort()) {
    const [, step, digits, ending] = /^([a-z]+)-(\d{6,12})\.ndjson(\.enc)?$/.exec(name) ?? []
    const known = debugSteps.find(each => each === step)
    const path = join(directory, name)
    const found = known === undefined ? undefined : await stat(path).catch(() => undefined)
    if (known === undefined || found === undefined) continue
    const facts = { step: known, number: Number(digits), path, isEncrypted: ending !== undefined }
    segments.push({ ...facts, sizeBytes: found.size, modifiedMs: found.mtimeMs })
  }
  segments.sort((a, b) => debugSteps.indexOf(a.step) - debugSteps.indexOf(b.step) || a.number - b.number)
  const times = segments.map(({ modifiedMs }) => modifiedMs)
  return {
    ...{ runId, directory, segments },
    sizeBytes: segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    firstMs: times.reduce((least, ms) => Math.min(least, ms), times[0] ?? 0),
    lastMs: times.reduce((most, ms) => Math.max(most, ms), 0),
  }
}

/** The days there are folders of, the oldest first. */
export async function daysIn(root: string): Promise<string[]> {
  return (await namesIn(root)).filter(name => /^\d{4}-\d\d-\d\d$/.test(name)).sort()
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((thrown: NodeJS.ErrnoException) => {
    // It may be deleted just now.
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return []
    throw thrown
  })
}
