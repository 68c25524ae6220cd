import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { PacedAccount } from './run/pacing/overview.ts'
import type { RunCounts, RunStatus } from './run/status.ts'

/** What the agent counts. */
export interface Metrics {
  countAttempt(status: RunStatus | 'lost', counts: RunCounts | undefined): void
  countRollback(connector: string): void
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
  readonly droppedLines: () => number
  /** Empty while Redis is away. */
  readonly pacing: () => Promise<readonly PacedAccount[]>
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
  const rollbacks = new Counter({
    name: 'agent_connector_rollbacks_total',
    help: 'Releases of a connector that failed here and gave way to an older one.',
    labelNames: ['connector'],
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
  new Counter({
    name: 'agent_log_lines_dropped_total',
    help: 'Lines that found no place in the file of their log.',
    registers,
    collect() {
      this.reset()
      this.inc(now.droppedLines())
    },
  })
  addPacing(registry, now.pacing)

  return {
    countAttempt(status, counts) {
      attempts.inc({ status })
      // A run that goes on later brings all its counts then.
      if (status === 'pending' || status === 'lost') return
      for (const [outcome, count] of Object.entries(counts ?? {})) records.inc({ outcome }, count)
    },
    countRollback: connector => rollbacks.inc({ connector }),
    text: () => registry.metrics(),
  }
}

/** Accounts by their connections; all agents that share a Redis tell the same. */
function addPacing(registry: Registry, accounts: () => Promise<readonly PacedAccount[]>): void {
  const common = { labelNames: ['connections'], registers: [registry] }
  const left = new Gauge({
    ...common,
    name: 'agent_pacing_quota_left',
    help: 'Requests left in the current window of an account, as its vendor said last.',
  })
  const waiting = new Gauge({
    ...common,
    name: 'agent_pacing_waiting_requests',
    help: 'Requests that wait for their turn.',
  })
  new Gauge({
    ...common,
    name: 'agent_pacing_wait_seconds',
    help: 'How long requests to an account have waited for their turn, all together.',
    async collect() {
      for (const gauge of [left, waiting, this]) gauge.reset()
      for (const account of await accounts()) {
        const label = { connections: account.connections.join(',') }
        if (account.window !== undefined) left.set(label, account.window.left)
        waiting.set(label, account.waiting)
        this.set(label, account.waitedMs / 1_000)
      }
    },
  })
}
