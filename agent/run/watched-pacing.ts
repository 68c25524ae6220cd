import type { PacedRequest, Pacing } from '../../connectors/sdk/connector.ts'
import type { HostPacing } from './pacing.ts'

/** What somebody wants to know of the requests that are paced. */
export interface PacingWatcher {
  /** A request has waited so long for its turn, whether it got one or not. */
  readonly waited?: (waitedMs: number) => void
  /** A request has its turn. What this gives is called once, when the request is over. */
  readonly begun?: (request: PacedRequest, waitedMs: number) => (() => void) | undefined
  /** A request was refused for its rate, and the next are sent after so long. */
  readonly refused: (waitMs: number, cause: 'quota' | 'load') => void
}

/** The same pacing, watched. */
export function watchedPacing(base: Pacing, watcher: PacingWatcher): Pacing {
  return {
    async acquire(account, request, signal) {
      const askedAt = performance.now()
      const waitedMs = () => performance.now() - askedAt
      let release: () => void
      try {
        release = await base.acquire(account, request, signal)
      } finally {
        watcher.waited?.(waitedMs())
      }
      let over = watcher.begun?.(request, waitedMs())
      return () => {
        release()
        over?.()
        over = undefined
      }
    },
    report: (account, quota) => base.report(account, quota),
    hold(account, waitMs, cause) {
      watcher.refused(waitMs, cause)
      base.hold(account, waitMs, cause)
    },
  }
}

/** The same, for whatever a connector gets over a connection. */
export function watchedHostPacing(
  base: HostPacing,
  watcherFor: (connector: string, kind: PacedRequest['kind'] | undefined) => PacingWatcher,
): HostPacing {
  return {
    over: (connection, connector, kind) =>
      watchedPacing(base.over(connection, connector, kind), watcherFor(connector, kind)),
    close: () => base.close(),
  }
}
