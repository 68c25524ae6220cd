import type { Pacing } from '../../connectors/sdk/connector.ts'
import { type PacingWatcher, watchedPacing } from './watched-pacing.ts'

/** Counts how long the requests of a run wait for their turn, or after a refusal, so that its log says why it took so long. */
export interface Waits {
  /** The same pacing, counted. */
  over(pacing: Pacing): Pacing
  /** For the end of the operation log; undefined when there is nothing worth telling. */
  text(): string | undefined
}

/** Below this nobody asks why. */
const worthTellingMs = 5_000

/** Waits of one attempt at a run; `onRefused` is called at the first request that was refused for its rate. */
export function createWaits(onRefused: (waitMs: number) => void): Waits {
  let refused = 0
  let waitedMs = 0
  const watcher: PacingWatcher = {
    waited(ms) {
      waitedMs += ms
    },
    refused(waitMs) {
      if (refused === 0) onRefused(waitMs)
      refused += 1
      waitedMs += waitMs
    },
  }
  return {
    over: pacing => watchedPacing(pacing, watcher),
    text() {
      if (refused === 0 && waitedMs < worthTellingMs) return undefined
      const waited = `requests waited ${(waitedMs / 1_000).toFixed(1)} s for the quota of the account, all together`
      return refused === 0 ? waited : `${waited}; ${refused} refused, and sent again`
    },
  }
}
