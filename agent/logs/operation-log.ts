import { AgentError } from '../errors.ts'
import type { RelatedRuns } from '../run/related.ts'
import { hasEnded, type RunCounts, type RunMessage, type RunStatus, type RunSummary } from '../run/status.ts'
import {
  type JobRow,
  type MessageRow,
  prepare,
  type RunRow,
  type StatusCount,
  toMessage,
  toSummary,
} from './operation-log-rows.ts'
import { mask, type Redactor } from './redact.ts'
import { createRelatedRuns } from './related-runs.ts'
import { createRunUpdate } from './run-change.ts'
import { createRunList, type RunPage } from './run-list.ts'
import type { ListQuery } from './run-query.ts'
import type { LogStore } from './store.ts'
import { createDirectWriter, type StoreWriter } from './store-writer.ts'
import { createUnsettledRecords, type UnsettledRecords } from './unsettled-records.ts'

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
  /** The job as it was taken, less what makes it this run: kept to do the same with other records. */
  readonly job?: object
}

/** The operation logs of one agent. Times are milliseconds since 1970 inside, ISO 8601 in what it returns. */
export interface OperationLogs extends UnsettledRecords {
  /** Notes a new run; does nothing when the run is already known. */
  open(run: NewRun): void
  /** Changes a run; one that has ended stays as it is. */
  change(runId: string, change: RunChange): void
  /** The same, at once; false when it has ended. Throws RUN_NOT_FOUND. */
  changeNow(runId: string, change: RunChange): boolean
  /** Adds a line to the operation log. */
  tell(runId: string, level: RunMessage['level'], message: string, code?: string): void
  /**
   * Changes a run at the end of an attempt and tells what there is to tell of that, in one: whoever sees the end sees its
   * last lines. The run afterwards; in the store when it returns, with all that was told of it before. Throws RUN_NOT_FOUND.
   */
  finish(runId: string, change: RunChange, linesOf: (run: RunSummary) => readonly LastLine[]): RunSummary
  /** Throws RUN_NOT_FOUND. */
  run(runId: string): RunSummary
  find(runId: string): RunSummary | undefined
  /** The runs of this agent that name it: its children, and those that ran its rejected records again. */
  related(runId: string): RelatedRuns
  /** The job that carries the run. Throws RUN_NOT_FOUND. */
  jobOf(runId: string): string
  /** What the job asked for, redacted, when it named an operation of the project and was taken on this agent. */
  keptJob(runId: string): KeptJob | undefined
  /** A page of runs; by cursor, so that pages are stable while runs arrive. */
  page(query: ListQuery): RunPage
  /** The runs of a page. Without filters none is incomplete. */
  list(query: ListQuery): readonly RunSummary[]
  messages(runId: string, after: number, limit: number): readonly RunMessage[]
  /** Runs after that cursor that have not ended, oldest first; at most `limit`. */
  unfinished(after: number, limit: number): readonly UnfinishedRun[]
  countByStatus(): { readonly [status: string]: number }
  /** Deletes the oldest runs that ended before the moment, at most so many; returns how many. */
  deleteEndedBefore(moment: number, limit: number): number
  /** When the last of so many runs ended that ended first, in ms; undefined when none has ended. */
  endOfOldest(count: number): number | undefined
  /** Size of what is in the store. The file may be larger: it keeps what became free, and fills it again. */
  sizeBytes(): number
}

export interface NewRun {
  readonly runId: string
  /** The job in the queue that carries the run. */
  readonly jobId: string
  readonly operation: string
  readonly agent: string
  readonly requestedBy?: string
  /** The run whose records it runs again. */
  readonly replayOf?: string
  /** The run it belongs to. */
  readonly parent?: RunSummary['parent']
  readonly submittedAt: number
}

/** A line of an operation log that is about to be written. */
export interface LastLine extends Pick<RunMessage, 'level' | 'message'> {
  readonly code?: string | undefined
}

/** A job as it is kept. */
export interface KeptJob {
  readonly job: unknown
  /** A secret in it was masked: it is not what was submitted. */
  readonly isMasked: boolean
}

/** A run without an end, and the job that should bring one. */
export interface UnfinishedRun {
  readonly cursor: number
  readonly runId: string
  readonly jobId: string
  readonly status: RunStatus
}

/** Operation logs over an open store; every text is redacted before it is written. By default all is written at once. */
export function createOperationLogs(
  store: LogStore,
  redactor: Redactor,
  writer: StoreWriter = createDirectWriter(),
): OperationLogs {
  const statements = prepare(store)
  const update = createRunUpdate(store, redactor)
  const page = createRunList(store)

  function find(runId: string): RunSummary | undefined {
    writer.settle(runId)
    const row = statements.find.get(runId) as RunRow | undefined // columns as our own schema has them
    return row === undefined ? undefined : toSummary(row, Date.now())
  }

  function run(runId: string): RunSummary {
    const found = find(runId)
    if (found === undefined) throw unknownRun(runId)
    return found
  }

  const change = store.transaction((runId: string, change: RunChange): boolean => {
    const status = statements.statusOf.get(runId) as RunStatus | undefined // its column
    if (status === undefined) throw unknownRun(runId)
    if (hasEnded(status)) return false
    update(runId, change)
    return true
  })

  const messageColumns = (runId: string, { level, message, code }: LastLine) => {
    return { runId, at: Date.now(), level, message: redactor.redact(message), code: code ?? null }
  }

  const finish = store.transaction(
    (runId: string, wanted: RunChange, linesOf: (run: RunSummary) => readonly LastLine[]) => {
      change(runId, wanted)
      const row = statements.find.get(runId) as RunRow // it is there: it was changed
      for (const line of linesOf(toSummary(row, Date.now()))) statements.tell.run(messageColumns(runId, line))
    },
  )

  return {
    open: run => {
      const { requestedBy = null, replayOf = null, parent, ...known } = run
      const parents = { parentRun: parent?.runId ?? null, parentOperation: parent?.operation ?? null }
      const columns = { ...known, requestedBy, replayOf, ...parents }
      writer.write(run.runId, () => statements.open.run(columns))
    },
    change: (runId, changed) => writer.write(runId, () => change.immediate(runId, changed)),
    changeNow(runId, changed) {
      writer.settle(runId)
      return change.immediate(runId, changed)
    },
    tell(runId, level, message, code) {
      const columns = messageColumns(runId, { level, message, code })
      writer.write(runId, () => statements.tell.run(columns))
    },
    finish(runId, changed, linesOf) {
      writer.write(runId, () => finish.immediate(runId, changed, linesOf))
      return run(runId)
    },
    ...createUnsettledRecords(store, redactor, writer),
    run,
    find,
    jobOf(runId) {
      const row = statements.find.get(runId) as JobRow | undefined // columns as our own schema has them
      if (row === undefined) throw unknownRun(runId)
      return row.job_id
    },
    keptJob(runId) {
      const { job = null } = (statements.find.get(runId) as JobRow | undefined) ?? {} // columns as our own schema has them
      return job === null ? undefined : { job: JSON.parse(job) as unknown, isMasked: job.includes(mask) }
    },
    page,
    list: query => page(query).runs,
    related: createRelatedRuns(store),
    messages(runId, after, limit) {
      run(runId)
      return (statements.messages.all({ runId, after, limit }) as MessageRow[]).map(toMessage)
    },
    unfinished: (after, limit) => statements.unfinished.all({ after, limit }) as UnfinishedRun[],
    countByStatus: () =>
      Object.fromEntries((statements.countByStatus.all() as StatusCount[]).map(({ status, count }) => [status, count])),
    deleteEndedBefore: (moment, limit) => statements.deleteEnded.run(moment, limit).changes,
    endOfOldest: count => (statements.endOfOldest.get(count) as number | null) ?? undefined, // an aggregate has a row
    sizeBytes: () => statements.sizeBytes.get() as number, // likewise
  }
}

function unknownRun(runId: string): AgentError {
  return new AgentError('RUN_NOT_FOUND', `no run ${JSON.stringify(runId)} is known to this agent`)
}
