import type { HostPacing } from '../run/pacing.ts'
import type { Series } from './series.ts'

/** The same pacing, but how long requests wait and take, and how many are refused, is measured. */
export function measuredPacing(pacing: HostPacing, series: Series): HostPacing {
  return {
    over(connection, connector, kind) {
      const own = pacing.over(connection, connector, kind)
      return {
        ...own,
        async acquire(account, request, signal) {
          const askedAt = performance.now()
          const release = await own.acquire(account, request, signal)
          const startedAt = performance.now()
          const labels = { connector, kind: kind ?? request.kind }
          series.observe('agent_request_wait_seconds', labels, (startedAt - askedAt) / 1_000)
          let isOver = false
          return () => {
            release()
            if (isOver) return
            isOver = true
            series.observe('agent_request_duration_seconds', labels, (performance.now() - startedAt) / 1_000)
            series.add('agent_requests_total', { ...labels, endpoint: request.endpoint })
          }
        },
        hold(account, waitMs, cause) {
          series.add('agent_requests_refused_total', { connector, cause })
          own.hold(account, waitMs, cause)
        },
      }
    },
    close: () => pacing.close(),
  }
}
