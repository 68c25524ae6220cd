import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../errors.ts'
import type { Checkpoint } from './checkpoint.ts'

/** Saves the newest checkpoint of a run every now and then, beside the work and never in its way. */
export interface CheckpointKeeper {
  /** The newest safe state; called after each batch. */
  note(checkpoint: Checkpoint): void
  /** Resolves when the newest noted state is saved; waits for Redis as long as the signal allows. */
  saved(signal: AbortSignal): Promise<void>
  stop(): void
}

/** A crash costs at most the work of so many milliseconds, done again. */
const everyMs = 500

/**
 * A keeper over `save`. While Redis is away the work goes on and saving is tried again; `onAway` is called once for
 * each time it goes. Any other failure (another runner has the run, the log store is full) goes to `onFailure`.
 */
export function createKeeper(parts: {
  readonly save: (checkpoint: Checkpoint) => Promise<void>
  readonly onAway: (error: unknown) => void
  readonly onFailure: (error: unknown) => void
}): CheckpointKeeper {
  let newest: Checkpoint | undefined
  let saving: Promise<void> | undefined
  let isAway = false
  const timer = setInterval(() => void saveNewest(), everyMs).unref()

  function saveNewest(): Promise<void> {
    saving ??= trySaving().finally(() => {
      saving = undefined
    })
    return saving
  }

  async function trySaving(): Promise<void> {
    const checkpoint = newest
    if (checkpoint === undefined) return
    try {
      await parts.save(checkpoint)
      if (newest === checkpoint) newest = undefined
      isAway = false
    } catch (error) {
      if (errorCode(error) !== 'REDIS_UNAVAILABLE') {
        newest = undefined
        parts.onFailure(error)
        return
      }
      if (!isAway) parts.onAway(error)
      isAway = true
    }
  }

  return {
    note(checkpoint) {
      newest = checkpoint
    },
    async saved(signal) {
      while (newest !== undefined) {
        signal.throwIfAborted()
        await saveNewest()
        if (newest !== undefined) await sleep(everyMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    },
    stop: () => clearInterval(timer),
  }
}
