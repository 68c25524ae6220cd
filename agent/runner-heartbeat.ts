/** Notices when a runner does not answer any more: an endless loop in a connector, a process that was stopped. */
export interface Heartbeat {
  start(): void
  answered(): void
  stop(): void
}

const beatsPerLimit = 12

/**
 * Calls `ping` twelve times in `limitMs` and `onSilent` when none was answered in all that time. Beats are counted, not
 * milliseconds: a machine that slept must not take its runners for dead.
 */
export function createHeartbeat(parts: {
  readonly limitMs: number
  readonly ping: () => void
  readonly onSilent: () => void
}): Heartbeat {
  let unanswered = 0
  let timer: NodeJS.Timeout | undefined

  function beat(): void {
    if (unanswered >= beatsPerLimit) {
      clearInterval(timer)
      parts.onSilent()
      return
    }
    unanswered += 1
    parts.ping()
  }

  return {
    start() {
      clearInterval(timer)
      unanswered = 0
      timer = setInterval(beat, parts.limitMs / beatsPerLimit).unref()
    },
    answered() {
      unanswered = 0
    },
    stop: () => clearInterval(timer),
  }
}
