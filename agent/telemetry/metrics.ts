import { collectDefaultMetrics, Registry } from 'prom-client'
import type { PacedAccount } from '../run/pacing/overview.ts'
import type { GaugeName, LabelsOf } from './definitions.ts'
import { exposition } from './exposition.ts'
import { createSeries, type Measured, type Sample, type Series } from './series.ts'

/** What the agent counts, and what its runners tell. */
export interface Metrics {
  /** Adds what a runner measured. */
  merge(measured: Measured): void
  countRollback(connector: string): void
  /** A runner died for the reason of that code, with so many runs in its hands. */
  countDeath(code: string, runs: number): void
  /** The values of the agent's own metrics now. */
  samples(): Promise<readonly Sample[]>
  /** The Prometheus text, with the metrics of the supervisor's process. */
  text(): Promise<string>
}

/** What is measured only when somebody asks. */
export interface MeasuredNow {
  readonly unfinishedRuns: () => readonly { readonly status: string; readonly count: number }[]
  readonly activeRuns: () => number
  readonly waitingJobs: () => number | undefined
  /** In ms since 1970; undefined when no job waits. */
  readonly oldestJobAt: () => number | undefined
  readonly isRedisConnected: () => boolean
  readonly isDraining: () => boolean
  readonly restarts: () => number
  readonly runnerMemory: () => readonly { readonly runner: number; readonly bytes: number }[]
  readonly droppedLines: () => number
  readonly storeBytes: () => Promise<readonly { readonly store: string; readonly bytes: number }[]>
  readonly releases: () => readonly LabelsOf<'agent_connector_release_info'>[]
  /** Empty while Redis is away. */
  readonly pacing: () => Promise<readonly PacedAccount[]>
}

/** Metrics of one agent. */
export function createMetrics(now: MeasuredNow): Metrics {
  const series = createSeries()
  const ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })

  async function samples(): Promise<readonly Sample[]> {
    measureParts(series, now)
    measurePacing(series, await now.pacing())
    const stores = await now.storeBytes()
    refill(
      series,
      'agent_log_store_bytes',
      stores.map(({ store, bytes }) => [{ store }, bytes]),
    )
    return series.samples()
  }

  return {
    merge: series.merge,
    countRollback: connector => series.add('agent_connector_rollbacks_total', { connector }),
    countDeath(code, runs) {
      series.add('agent_runner_deaths_total', { code })
      if (runs > 0) series.add('agent_run_attempts_total', { status: 'died' }, runs)
    },
    samples,
    text: async () => `${exposition(await samples())}\n${await ofProcess.metrics()}`,
  }
}

function measureParts(series: Series, now: MeasuredNow): void {
  const none = {}
  refill(
    series,
    'agent_runs',
    now.unfinishedRuns().map(({ status, count }) => [{ status }, count]),
  )
  series.set('agent_runs_active', none, now.activeRuns())
  const waiting = now.waitingJobs()
  if (waiting !== undefined) series.set('agent_queue_waiting_jobs', none, waiting)
  const oldestAt = now.oldestJobAt()
  const ageMs = oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt)
  series.set('agent_queue_oldest_job_age_seconds', none, ageMs / 1_000)
  series.set('agent_redis_connected', none, Number(now.isRedisConnected()))
  series.set('agent_draining', none, Number(now.isDraining()))
  series.set('agent_runner_restarts', none, now.restarts())
  series.set('agent_log_lines_dropped_total', none, now.droppedLines())
  refill(
    series,
    'agent_runner_memory_bytes',
    now.runnerMemory().map(({ runner, bytes }) => [{ runner: `${runner}` }, bytes]),
  )
  refill(
    series,
    'agent_connector_release_info',
    now.releases().map(labels => [labels, 1]),
  )
}

/** Accounts by their connections; all agents that share a Redis tell the same. */
function measurePacing(series: Series, accounts: readonly PacedAccount[]): void {
  const all = accounts.map(account => ({ ...account, labels: { connections: account.connections.join(',') } }))
  const open = all.flatMap(({ window, labels }) => (window === undefined ? [] : [{ window, labels }]))
  refill(
    series,
    'agent_pacing_quota',
    open.map(({ labels, window }) => [labels, window.quota]),
  )
  refill(
    series,
    'agent_pacing_quota_left',
    open.map(({ labels, window }) => [labels, window.left]),
  )
  refill(
    series,
    'agent_pacing_quota_used',
    open.flatMap(({ labels, window }) => [
      [{ ...labels, by: 'agents' }, window.used] as const,
      [{ ...labels, by: 'others' }, window.usedByOthers] as const,
    ]),
  )
  refill(
    series,
    'agent_pacing_waiting_requests',
    all.map(({ labels, waiting }) => [labels, waiting]),
  )
  refill(
    series,
    'agent_pacing_wait_seconds',
    all.map(({ labels, waitedMs }) => [labels, waitedMs / 1_000]),
  )
  refill(
    series,
    'agent_pacing_held_seconds',
    all.map(({ labels, heldMs }) => [labels, heldMs / 1_000]),
  )
  refill(
    series,
    'agent_pacing_requests_total',
    all.map(({ labels, sent }) => [labels, sent]),
  )
}

type RefilledName = GaugeName | 'agent_pacing_requests_total'

/** What is not there any more must not stand at its last value. */
function refill<N extends RefilledName>(
  series: Series,
  name: N,
  values: readonly (readonly [LabelsOf<N>, number])[],
): void {
  series.clear(name)
  for (const [labels, value] of values) series.set(name, labels, value)
}
