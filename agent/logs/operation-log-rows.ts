import type { RunMessage, RunStatus, RunSummary } from '../run/status.ts'
import type { LogStore } from './store.ts'

/** The statements of the operation logs, and the way between their rows and what the agent speaks of. */
export function prepare(store: LogStore) {
  return {
    open: store.prepare(`INSERT OR IGNORE INTO runs (run_id, job_id, operation, status, agent, requested_by, replay_of,
        parent_run, parent_operation, submitted_at)
      VALUES (@runId, @jobId, @operation, 'submitted', @agent, @requestedBy, @replayOf,
        @parentRun, @parentOperation, @submittedAt)`),
    tell: store.prepare(
      `INSERT INTO messages (run_id, at, level, message, code) VALUES (@runId, @at, @level, @message, @code)`,
    ),
    find: store.prepare('SELECT * FROM runs WHERE run_id = ?'),
    statusOf: store.prepare('SELECT status FROM runs WHERE run_id = ?').pluck(),
    messages: store.prepare('SELECT * FROM messages WHERE run_id = @runId AND seq > @after ORDER BY seq LIMIT @limit'),
    unfinished: store.prepare(`SELECT cursor, run_id AS runId, job_id AS jobId, status FROM runs
      WHERE ended_at IS NULL AND cursor > @after ORDER BY cursor LIMIT @limit`),
    countByStatus: store.prepare('SELECT status, count(*) AS count FROM runs GROUP BY status'),
    deleteEnded: store.prepare(`DELETE FROM runs WHERE cursor IN
      (SELECT cursor FROM runs WHERE ended_at < ? ORDER BY ended_at LIMIT ?)`),
    endOfOldest: store
      .prepare(
        'SELECT max(ended_at) FROM (SELECT ended_at FROM runs WHERE ended_at IS NOT NULL ORDER BY ended_at LIMIT ?)',
      )
      .pluck(),
    sizeBytes: store
      .prepare(`SELECT (page_count - freelist_count) * page_size
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)
      .pluck(),
  }
}

export interface RunRow {
  cursor: number
  run_id: string
  operation: string
  status: RunStatus
  agent: string
  requested_by: string | null
  replay_of: string | null
  parent_run: string | null
  parent_operation: string | null
  submitted_at: number
  started_at: number | null
  ended_at: number | null
  attempt: number
  read: number
  filtered: number
  written: number
  unchanged: number
  rejected: number
  unknown: number
  total: number | null
  source: string | null
  target: string | null
  error_code: string | null
  error_message: string | null
  /** These two only when they were asked for. */
  message_count?: number
  last_message?: string | null
}
/** What is kept of the job beside what is told of its run. */
export interface JobRow {
  job_id: string
  job: string | null
}
export interface MessageRow {
  seq: number
  at: number
  level: RunMessage['level']
  message: string
  code: string | null
}
export interface StatusCount {
  status: string
  count: number
}

/** The run as it was at a moment, which is the end of its duration so far. */
export function toSummary(row: RunRow, at: number): RunSummary {
  return {
    runId: row.run_id,
    cursor: row.cursor,
    operation: row.operation,
    status: row.status,
    agent: row.agent,
    ...(row.requested_by !== null && { requestedBy: row.requested_by }),
    ...(row.replay_of !== null && { replayOf: row.replay_of }),
    ...(row.parent_run !== null && { parent: toParent(row.parent_run, row.parent_operation) }),
    submittedAt: toIso(row.submitted_at),
    ...(row.started_at !== null && {
      startedAt: toIso(row.started_at),
      durationMs: (row.ended_at ?? at) - row.started_at,
    }),
    ...(row.ended_at !== null && { endedAt: toIso(row.ended_at) }),
    attempt: row.attempt,
    counts: {
      read: row.read,
      filtered: row.filtered,
      written: row.written,
      unchanged: row.unchanged,
      rejected: row.rejected,
      unknown: row.unknown,
    },
    ...(row.total !== null && { total: row.total }),
    ...(row.source !== null && { source: row.source }),
    ...(row.target !== null && { target: row.target }),
    ...(row.error_code !== null && { error: { code: row.error_code, message: row.error_message ?? '' } }),
    ...(row.message_count !== undefined && { messageCount: row.message_count }),
    ...(typeof row.last_message === 'string' && { lastMessage: row.last_message }),
  }
}

function toParent(runId: string, operation: string | null): NonNullable<RunSummary['parent']> {
  return operation === null ? { runId } : { runId, operation }
}

export function toMessage({ seq, at, level, message, code }: MessageRow): RunMessage {
  return { seq, at: toIso(at), level, message, ...(code !== null && { code }) }
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}
