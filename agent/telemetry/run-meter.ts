import { hasEnded, type RunCounts, type RunStatus, type RunSummary } from '../run/status.ts'
import type { Series } from './series.ts'

/** Counts the attempts of one runner. */
export interface RunMeter {
  started(runId: string): void
  /** `counts`: undefined when not even the operation log could be written. */
  ended(runId: string, status: RunStatus | 'lost', counts: RunCounts | undefined): void
}

/** A meter that knows from the operation logs what a run worked with. */
export function createRunMeter(series: Series, find: (runId: string) => RunSummary | undefined): RunMeter {
  const startedAt = new Map<string, number>()
  return {
    started: runId => void startedAt.set(runId, Date.now()),
    ended(runId, status, counts) {
      const since = startedAt.get(runId) ?? 0
      startedAt.delete(runId)
      // A run that goes on later brings all its counts then.
      const run = status === 'lost' || !hasEnded(status) ? undefined : find(runId)
      // The queue may bring a job again whose run has ended; that was counted.
      if (run?.endedAt !== undefined && Date.parse(run.endedAt) < since) return
      series.add('agent_run_attempts_total', { status })
      if (run === undefined) return
      series.observe('agent_run_duration_seconds', { status }, (run.durationMs ?? 0) / 1_000)
      const ends = { source: connectorIn(run.source), target: connectorIn(run.target) }
      for (const [outcome, count] of Object.entries(counts ?? {})) {
        if (count > 0) series.add('agent_records_total', { outcome, ...ends }, count)
      }
    },
  }
}

/** `bigcommerce` of `bigcommerce 0.1.0`; a run that failed early has come to no connector. */
function connectorIn(release: string | undefined): string {
  return release?.split(' ')[0] ?? 'none'
}
