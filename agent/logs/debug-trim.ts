import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebugFolder, type DebugSegment, daysIn, foldersBelow } from './debug-files.ts'

/** How long and how much debug data is kept. */
export interface DebugLimits {
  readonly retentionHours: number
  readonly maxTotalMegabytes: number
}

/** What was deleted, and of which runs for want of space. */
export interface TrimmedDebug {
  readonly expired: number
  readonly crowdedOut: readonly string[]
}

const hourMs = 3_600_000
const megabyte = 1_048_576

/**
 * Deletes debug data that is too old or too much. Of too much the oldest runs go first; of runs that go on only when
 * nothing else is left, and then their oldest files, never the one of a step that is being written.
 */
export async function trimDebugLogs(
  root: string,
  limits: DebugLimits,
  { isHeld, now = Date.now() }: { readonly isHeld: (runId: string) => boolean; readonly now?: number },
): Promise<TrimmedDebug> {
  const folders = await foldersBelow(root)
  const isOld = ({ runId, lastMs }: DebugFolder) => !isHeld(runId) && lastMs < now - limits.retentionHours * hourMs
  const old = folders.filter(isOld)
  for (const { directory } of old) await rm(directory, { recursive: true, force: true })
  const crowdedOut = await makeRoom(
    folders.filter(each => !isOld(each)),
    { isHeld, maxBytes: limits.maxTotalMegabytes * megabyte },
  )
  // A day that is not empty stays; so does one whose first run begins just now.
  for (const day of (await daysIn(root)).slice(0, -1)) await rmdir(join(root, day)).catch(() => undefined)
  return { expired: old.length, crowdedOut }
}

async function makeRoom(
  folders: readonly DebugFolder[],
  { isHeld, maxBytes }: { readonly isHeld: (runId: string) => boolean; readonly maxBytes: number },
): Promise<readonly string[]> {
  let sum = folders.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0)
  const crowdedOut = new Set<string>()
  for (const { runId, directory, sizeBytes } of folders.filter(each => !isHeld(each.runId))) {
    if (sum <= maxBytes) break
    await rm(directory, { recursive: true, force: true })
    crowdedOut.add(runId)
    sum -= sizeBytes
  }
  const held = folders.filter(each => isHeld(each.runId)).flatMap(closedSegments)
  for (const { runId, path, sizeBytes } of held.sort((a, b) => a.modifiedMs - b.modifiedMs)) {
    if (sum <= maxBytes) break
    await rm(path, { force: true })
    crowdedOut.add(runId)
    sum -= sizeBytes
  }
  return [...crowdedOut]
}

/** All but the newest of each step. */
function closedSegments({ runId, segments }: DebugFolder): (DebugSegment & { readonly runId: string })[] {
  return segments.filter((each, place) => segments[place + 1]?.step === each.step).map(each => ({ ...each, runId }))
}
