import type { Measured, Series } from './series.ts'

/** Tells the supervisor what was measured in a runner. */
export interface Reporter {
  /** Tells now what is to be told. */
  flush(): void
  /** Tells the rest; nothing may be measured any more. */
  close(): void
}

/** A supervisor that is asked for its metrics knows what was measured up to so long ago. */
const everyMs = 1_000

/** Tells all that was measured once a second, and nothing when nothing was. */
export function startReporter(series: Series, tell: (measured: Measured) => void): Reporter {
  const timer = setInterval(flush, everyMs).unref()

  function flush(): void {
    const measured = series.take()
    if (measured.length > 0) tell(measured)
  }

  return {
    flush,
    close() {
      clearInterval(timer)
      flush()
    },
  }
}
