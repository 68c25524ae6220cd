import type { HostPacing } from '../run/pacing.ts'
import { watchedHostPacing } from '../run/watched-pacing.ts'
import type { Series } from './series.ts'

/** The same pacing, but how long requests wait and take, and how many are refused, is measured. */
export function measuredPacing(pacing: HostPacing, series: Series): HostPacing {
  return watchedHostPacing(pacing, (connector, kind) => ({
    begun(request, waitedMs) {
      const labels = { connector, kind: kind ?? request.kind }
      series.observe('agent_request_wait_seconds', labels, waitedMs / 1_000)
      const startedAt = performance.now()
      return () => {
        series.observe('agent_request_duration_seconds', labels, (performance.now() - startedAt) / 1_000)
        series.add('agent_requests_total', { ...labels, endpoint: request.endpoint })
      }
    },
    refused: (_waitMs, cause) => series.add('agent_requests_refused_total', { connector, cause }),
  }))
}
