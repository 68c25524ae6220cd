import { setTimeout as sleep } from 'node:timers/promises'
import type { ChangeFeed } from './logs/change-feed.ts'
import type { OperationLogs } from './logs/operation-log.ts'

/** How long operation logs are kept. */
export interface RetentionLimits {
  readonly retentionDays: number
  /** Size of what is in the store; beyond it the oldest go first. */
  readonly maxMegabytes: number
}

/** How much was deleted. */
export interface Deleted {
  readonly runs: number
  readonly changes: number
}

const dayMs = 86_400_000
const megabyte = 1_048_576
/** Deleted at once: some milliseconds for which writers wait. */
const chunkChanges = 500
const chunkRuns = 20
/** Between two chunks, for the writers. */
const pauseMs = 20

/** Deletes operation logs that are too old or too many, the oldest first, chunk by chunk, until the signal aborts. */
export async function deleteOldLogs(
  { logs, changes }: { readonly logs: OperationLogs; readonly changes: ChangeFeed },
  { retentionDays, maxMegabytes }: RetentionLimits,
  signal: AbortSignal,
): Promise<Deleted> {
  const sum = { runs: 0, changes: 0 }

  async function deleteBefore(moment: number): Promise<void> {
    // First the changes, so that the feed begins behind the runs that are gone.
    sum.changes += await inChunks(() => changes.forgetBefore(moment, chunkChanges), signal)
    sum.runs += await inChunks(() => logs.deleteEndedBefore(moment, chunkRuns), signal)
  }

  await deleteBefore(Date.now() - retentionDays * dayMs)
  while (!signal.aborted && logs.sizeBytes() > maxMegabytes * megabyte) {
    const end = logs.endOfOldest(chunkRuns)
    // What is left are runs that have not ended.
    if (end === undefined) return sum
    await deleteBefore(end + 1)
  }
  return sum
}

/** Deletes chunk after chunk, with a pause after each; returns how much was deleted. */
async function inChunks(deleteSome: () => number, signal: AbortSignal): Promise<number> {
  let sum = 0
  for (let deleted = -1; deleted !== 0 && !signal.aborted; ) {
    deleted = deleteSome()
    sum += deleted
    if (deleted > 0) await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
  return sum
}
