import type { DataRecord } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import { hasEnded, type RunCounts, type RunMessage, type RunStatus, type RunSummary } from '../run/status.ts'
import {
  listColumns,
  type MessageRow,
  prepare,
  type RunRow,
  type StatusCount,
  toColumns,
  toMessage,
  toSummary,
  toUnsettled,
  type UnsettledRow,
} from './operation-log-rows.ts'
import type { Redactor } from './redact.ts'
import type { LogStore } from './store.ts'

/** A record that was neither written nor found unchanged: kept with its cause, so that its owner can mend it. */
export interface UnsettledRecord {
  /** Its place in the source, from 1. */
  readonly number: number
  readonly status: 'rejected' | 'unknown'
  readonly code?: string
  readonly message: string
  readonly record: DataRecord
}

/** What changes in a run while it is worked on. Absent = as before. */
export interface RunChange {
  readonly status?: RunStatus
  readonly agent?: string
  readonly attempt?: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly counts?: RunCounts
  readonly total?: number
  readonly source?: string
  readonly target?: string
  readonly error?: { readonly code: string; readonly message: string }
}

/** The operation logs of one agent. Times are milliseconds since 1970 inside, ISO 8601 in what it returns. */
export interface OperationLogs {
  /** Notes a new run; does nothing when the run is already known. */
  open(run: NewRun): void
  /** Changes a run that has not ended; returns false, changing nothing, when it has ended: a final status stays. */
  change(runId: string, change: RunChange): boolean
  /** Adds a line to the operation log. */
  tell(runId: string, level: RunMessage['level'], message: string, code?: string): void
  /** Keeps unsettled records; telling of the same record twice keeps the later. */
  keep(runId: string, records: readonly UnsettledRecord[]): void
  /** Throws RUN_NOT_FOUND. */
  run(runId: string): RunSummary
  find(runId: string): RunSummary | undefined
  /** The job that carries the run. Throws RUN_NOT_FOUND. */
  jobOf(runId: string): string
  list(query: ListQuery): readonly RunSummary[]
  messages(runId: string, after: number, limit: number): readonly RunMessage[]
  unsettled(runId: string, after: number, limit: number): readonly UnsettledRecord[]
  /** Runs after that cursor that have not ended, oldest first; at most `limit`. */
  unfinished(after: number, limit: number): readonly UnfinishedRun[]
  countByStatus(): { readonly [status: string]: number }
  /** Deletes runs that ended before the moment; returns how many. */
  deleteEndedBefore(moment: number): number
}

export interface NewRun {
  readonly runId: string
  /** The job in the queue that carries the run. */
  readonly jobId: string
  readonly operation: string
  readonly agent: string
  readonly requestedBy?: string
  readonly submittedAt: number
}

/** A run without an end, and the job that should bring one. */
export interface UnfinishedRun {
  readonly cursor: number
  readonly runId: string
  readonly jobId: string
  readonly status: RunStatus
}

export interface ListQuery {
  readonly limit: number
  readonly before?: number
  readonly operation?: string
  readonly status?: RunStatus
}

/** Operation logs over an open store; every text is redacted before it is written. */
export function createOperationLogs(store: LogStore, redactor: Redactor): OperationLogs {
  const statements = prepare(store)

  function find(runId: string): RunSummary | undefined {
    const row = statements.find.get(runId) as RunRow | undefined // columns as our own schema has them
    return row === undefined ? undefined : toSummary(row)
  }

  function run(runId: string): RunSummary {
    const found = find(runId)
    if (found === undefined) throw unknownRun(runId)
    return found
  }

  const change = store.transaction((runId: string, change: RunChange): boolean => {
    const before = run(runId)
    if (hasEnded(before.status)) return false
    statements.change.run(toColumns(runId, change, redactor))
    return true
  })

  return {
    open: ({ runId, jobId, operation, agent, requestedBy, submittedAt }) => {
      statements.open.run({ runId, jobId, operation, agent, requestedBy: requestedBy ?? null, submittedAt })
    },
    change: (runId, changed) => change.immediate(runId, changed),
    tell: (runId, level, message, code) => {
      statements.tell.run({ runId, at: Date.now(), level, message: redactor.redact(message), code: code ?? null })
    },
    keep: store.transaction((runId: string, records: readonly UnsettledRecord[]) => {
      for (const { number, status, code, message, record } of records) {
        const text = redactor.redactJson(JSON.stringify(record))
        statements.keep.run({
          runId,
          number,
          status,
          code: code ?? null,
          message: redactor.redact(message),
          record: text,
        })
      }
    }),
    run,
    find,
    jobOf(runId) {
      const row = statements.find.get(runId) as RunRow | undefined // columns as our own schema has them
      if (row === undefined) throw unknownRun(runId)
      return row.job_id
    },
    list: query => (statements.list.all(listColumns(query)) as RunRow[]).map(toSummary),
    messages(runId, after, limit) {
      run(runId)
      return (statements.messages.all({ runId, after, limit }) as MessageRow[]).map(toMessage)
    },
    unsettled: (runId, after, limit) => {
      return (statements.unsettled.all({ runId, after, limit }) as UnsettledRow[]).map(toUnsettled)
    },
    unfinished: (after, limit) => statements.unfinished.all({ after, limit }) as UnfinishedRun[],
    countByStatus: () =>
      Object.fromEntries((statements.countByStatus.all() as StatusCount[]).map(({ status, count }) => [status, count])),
    deleteEndedBefore: moment => statements.deleteEnded.run(moment).changes,
  }
}

function unknownRun(runId: string): AgentError {
  return new AgentError('RUN_NOT_FOUND', `no run ${JSON.stringify(runId)} is known to this agent`)
}
