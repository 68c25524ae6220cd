import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RunCounts, RunStatus } from './run/status.ts'

/** What the agent counts. */
export interface Metrics {
  countAttempt(status: RunStatus | 'lost', counts: RunCounts | undefined): void
  /** The Prometheus text. */
  text(): Promise<string>
}

/** Metrics of one agent; `now` gives what is measured only when somebody asks. */
export function createMetrics(now: {
  readonly activeRuns: () => number
  readonly waitingJobs: () => number | undefined
  readonly isRedisConnected: () => boolean
  readonly isDraining: () => boolean
  readonly restarts: () => number
}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const attempts = new Counter({
    name: 'agent_run_attempts_total',
    help: 'Attempts at runs that ended, by the status they ended with.',
    labelNames: ['status'],
    registers,
  })
  const records = new Counter({
    name: 'agent_records_total',
    help: 'Records of runs that ended, by what became of them; `read` is all of them.',
    labelNames: ['outcome'],
    registers,
  })
  const measure = (name: string, help: string, value: () => number | undefined) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const measured = value()
        if (measured !== undefined) this.set(measured)
      },
    })
  measure('agent_runs_active', 'Runs in the hands of the runners.', now.activeRuns)
  measure('agent_queue_waiting_jobs', 'Jobs nobody has taken yet, as counted last.', now.waitingJobs)
  measure('agent_redis_connected', '1 while Redis answers.', () => Number(now.isRedisConnected()))
  measure('agent_runner_restarts', 'Runner processes that died and were started again.', now.restarts)
  measure('agent_draining', '1 while no new jobs are taken.', () => Number(now.isDraining()))

  return {
    countAttempt(status, counts) {
      attempts.inc({ status })
      // A run that goes on later brings all its counts then.
      if (status === 'pending' || status === 'lost') return
      for (const [outcome, count] of Object.entries(counts ?? {})) records.inc({ outcome }, count)
    },
    text: () => registry.metrics(),
  }
}
