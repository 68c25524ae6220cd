/** What one metric is. Prometheus, the metric log and `docs/metrics.md` take it from here. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
  /** A label whose values come from connectors: beyond so many of them the rest is `other`. */
  readonly openLabel?: string
  /** An expression that is true when somebody should look, and what it means. */
  readonly alert?: { readonly expression: string; readonly meaning: string }
}

const runSeconds = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 21_600]
const requestSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const waitSeconds = [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 30, 60, 300]

/** Metrics of runs and their records. */
const ofRuns = {
  agent_runs: {
    type: 'gauge',
    help: 'Runs in the operation log of this agent that have not ended, by their status now.',
    labels: ['status'],
  },
  agent_runs_active: { type: 'gauge', help: 'Runs in the hands of the runners.', labels: [] },
  agent_run_attempts_total: {
    type: 'counter',
    help: 'Attempts at runs that ended, by the status they ended with. `pending`: the run is tried again; `lost`: another runner has it; `died`: its runner died.',
    labels: ['status'],
    alert: {
      expression: 'increase(agent_run_attempts_total{status="error"}[15m]) > 0',
      meaning: 'a run has failed; `agent runs --status error` shows it',
    },
  },
  agent_run_duration_seconds: {
    type: 'histogram',
    help: 'How long runs took from their start to their end, over all attempts.',
    labels: ['status'],
    buckets: runSeconds,
  },
  agent_records_total: {
    type: 'counter',
    help: 'Records of runs that ended, by what became of them and by the connectors at both ends; `read` is all of them.',
    labels: ['outcome', 'source', 'target'],
    alert: {
      expression:
        'sum(rate(agent_records_total{outcome="rejected"}[30m])) / sum(rate(agent_records_total{outcome="read"}[30m])) > 0.05',
      meaning: 'more than one record of twenty is rejected; `agent rejected` shows why',
    },
  },
} as const satisfies Definitions

/** Metrics of requests to vendors, measured in the runners. */
const ofRequests = {
  agent_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to vendors took, from their turn to their answer; `kind`: read, write or test.',
    labels: ['connector', 'kind'],
    buckets: requestSeconds,
    alert: {
      expression:
        'histogram_quantile(0.95, sum by (connector, le) (rate(agent_request_duration_seconds_bucket[10m]))) > 10',
      meaning: 'one request of twenty takes longer than ten seconds: the vendor or the network is slow',
    },
  },
  agent_requests_total: {
    type: 'counter',
    help: 'Requests to vendors that were answered or failed, each attempt, by endpoint. Endpoints have no ids; beyond 200 the rest is `other`.',
    labels: ['connector', 'kind', 'endpoint'],
    openLabel: 'endpoint',
  },
  agent_request_wait_seconds: {
    type: 'histogram',
    help: 'How long requests waited for their turn before they were sent.',
    labels: ['connector', 'kind'],
    buckets: waitSeconds,
    alert: {
      expression:
        'sum by (connector) (rate(agent_request_wait_seconds_sum[10m])) > sum by (connector) (rate(agent_request_duration_seconds_sum[10m]))',
      meaning:
        'requests wait longer than they take: the quota of the account is the limit; `agent pacing` shows who uses it',
    },
  },
  agent_requests_refused_total: {
    type: 'counter',
    help: 'Requests that a vendor refused for their rate; `cause`: quota, or load when it named none.',
    labels: ['connector', 'cause'],
    alert: {
      expression: 'sum by (connector) (rate(agent_requests_refused_total[10m])) > 0.1',
      meaning: 'somebody else uses the quota of the account too, or the vendor is busy',
    },
  },
  agent_pacing_quota: {
    type: 'gauge',
    help: 'Requests that a vendor allows an account in a window. Accounts are named by their connections; all agents that share a Redis tell the same.',
    labels: ['connections'],
  },
  agent_pacing_quota_left: {
    type: 'gauge',
    help: 'Requests left in the current window of an account, as its vendor said last.',
    labels: ['connections'],
    alert: {
      expression: 'agent_pacing_quota_left / agent_pacing_quota < 0.05',
      meaning: 'the window is nearly used up; if that goes on, runs wait',
    },
  },
  agent_pacing_quota_used: {
    type: 'gauge',
    help: 'Requests of the current window of an account, by who sent them: `agents` or `others`.',
    labels: ['connections', 'by'],
  },
  agent_pacing_requests_total: {
    type: 'counter',
    help: 'Requests to an account that were let through, of all agents that share a Redis.',
    labels: ['connections'],
  },
  agent_pacing_waiting_requests: {
    type: 'gauge',
    help: 'Requests that wait for their turn.',
    labels: ['connections'],
  },
  agent_pacing_wait_seconds: {
    type: 'gauge',
    help: 'How long requests to an account have waited for their turn, all together.',
    labels: ['connections'],
  },
  agent_pacing_held_seconds: {
    type: 'gauge',
    help: 'For how long nobody sends to an account, because its vendor refused or is busy.',
    labels: ['connections'],
  },
} as const satisfies Definitions

/** Metrics of the agent's own parts. */
const ofParts = {
  agent_queue_waiting_jobs: {
    type: 'gauge',
    help: 'Jobs of the agent group that nobody has taken yet, as counted last.',
    labels: [],
  },
  agent_queue_oldest_job_age_seconds: {
    type: 'gauge',
    help: 'How long the job at the head of the queue has waited since it was submitted; 0 when none waits. Jobs that wait for their next attempt do not count.',
    labels: [],
    alert: {
      expression: 'agent_queue_oldest_job_age_seconds > 600',
      meaning: 'no agent of the group takes jobs, or there are too few runners',
    },
  },
  agent_redis_connected: {
    type: 'gauge',
    help: '1 while Redis answers.',
    labels: [],
    alert: {
      expression: 'agent_redis_connected == 0',
      meaning: 'Redis is away; runs wait. `agent doctor` looks for why',
    },
  },
  agent_draining: { type: 'gauge', help: '1 while no new jobs are taken.', labels: [] },
  agent_connector_release_info: {
    type: 'gauge',
    help: '1 for each installed release of a connector; `state`: active (new runs take it), pinned, quarantined or installed.',
    labels: ['connector', 'version', 'state'],
  },
  agent_connector_rollbacks_total: {
    type: 'counter',
    help: 'Releases of a connector that failed here and gave way to an older one.',
    labels: ['connector'],
    alert: {
      expression: 'increase(agent_connector_rollbacks_total[1h]) > 0',
      meaning: 'a release failed and is quarantined; `agent connectors show` tells why',
    },
  },
  agent_runner_restarts: {
    type: 'gauge',
    help: 'Runner processes that died and were started again.',
    labels: [],
  },
  agent_runner_deaths_total: {
    type: 'counter',
    help: 'Runner processes that died, by why; the codes stand in errors.md.',
    labels: ['code'],
    alert: {
      expression: 'increase(agent_runner_deaths_total[15m]) > 0',
      meaning: 'a runner died; the agent log says of what, see runners.md',
    },
  },
  agent_runner_memory_bytes: {
    type: 'gauge',
    help: 'Memory that a runner process holds, buffers and all; Linux only.',
    labels: ['runner'],
  },
  agent_trace_spans_exported_total: {
    type: 'counter',
    help: 'Spans of traces that the collector took.',
    labels: [],
  },
  agent_trace_spans_dropped_total: {
    type: 'counter',
    help: 'Spans of traces that were lost; `cause`: full (too many waited) or refused (the collector did not take them).',
    labels: ['cause'],
    alert: {
      expression: 'increase(agent_trace_spans_dropped_total[15m]) > 0',
      meaning: 'the collector of traces is away, slow or refuses; runs go on',
    },
  },
  agent_log_lines_dropped_total: {
    type: 'counter',
    help: 'Lines that found no place in the file of their log.',
    labels: [],
    alert: {
      expression: 'increase(agent_log_lines_dropped_total[15m]) > 0',
      meaning: 'a log file cannot be written; look at the disk',
    },
  },
  agent_log_store_bytes: {
    type: 'gauge',
    help: 'What logs take on the disk: `operation-logs` (the database), `files` (agent and connector logs), `debug` (operation debug logs).',
    labels: ['store'],
  },
} as const satisfies Definitions

type Definitions = { readonly [name: string]: MetricDefinition }

/** Groups of metrics, for the documentation. */
export const metricGroups = { runs: ofRuns, requests: ofRequests, agent: ofParts } as const

/** Every metric of the agent's own, by its name. Names and labels are public: they are never given another meaning. */
export const metricDefinitions = { ...ofRuns, ...ofRequests, ...ofParts }

export type MetricName = keyof typeof metricDefinitions
type NameOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof metricDefinitions)[N]['type'] extends T ? N : never
}[MetricName]
export type CounterName = NameOf<'counter'>
export type GaugeName = NameOf<'gauge'>
export type HistogramName = NameOf<'histogram'>

/** The values of a metric's labels; all of them, none else. */
export type LabelsOf<N extends MetricName> = {
  readonly [label in (typeof metricDefinitions)[N]['labels'][number]]: string
}
