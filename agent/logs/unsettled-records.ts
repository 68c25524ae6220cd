import type { DataRecord } from '../../connectors/sdk/connector.ts'
import type { Redactor } from './redact.ts'
import type { LogStore } from './store.ts'
import type { StoreWriter } from './store-writer.ts'

/** A record that was neither written nor found unchanged: kept with its cause, so that its owner can mend it. */
export interface UnsettledRecord {
  /** Its place in the source, from 1. */
  readonly number: number
  readonly status: UnsettledStatus
  readonly code?: string
  readonly message: string
  /** What the vendor calls the request that decided, for its support. */
  readonly requestId?: string
  readonly isRetryable: boolean
  /** `source`: the transformation refused it, so it is kept as it was read; `target`: it is kept as it was sent. */
  readonly stage: RecordStage
  readonly record: DataRecord
}
export type UnsettledStatus = 'rejected' | 'unknown'
export type RecordStage = 'source' | 'target'

/** An unsettled record as it is kept. */
export interface KeptRecord extends UnsettledRecord {
  /** The attempt of the run at which it was settled so. */
  readonly attempt: number
  /** A secret in it was masked: what is kept is not what was read or sent. */
  readonly isMasked: boolean
  /** The run that wrote it again, or tried to. */
  readonly replayedIn?: string
  /** What became of it there, as far as this agent knows; `settled`: written, unchanged or filtered. */
  readonly outcome?: UnsettledStatus | 'written' | 'settled' | 'not-reached'
}

/** Which of the records of a run. */
export interface KeptQuery {
  readonly code?: string
  readonly status?: UnsettledStatus
}

/** What has to be known of a record to choose it, without the record itself. */
export interface KeptRecordHead
  extends Pick<KeptRecord, 'number' | 'status' | 'code' | 'stage' | 'isMasked' | 'replayedIn'> {
  readonly sizeBytes: number
}

/** The unsettled records of the runs of one agent. */
export interface UnsettledRecords {
  /** Keeps records, redacted; telling of the same record twice keeps the later. */
  keep(runId: string, records: readonly UnsettledRecord[]): void
  /** Forgets what an attempt kept after its checkpoint: the next one settles these records anew. */
  dropUnsettledAfter(runId: string, number: number): void
  /** Records with a number greater than `after`, in order. */
  unsettled(runId: string, after: number, limit: number, query?: KeptQuery): readonly KeptRecord[]
  /** The top-level fields of the records, in the order of their appearance. */
  unsettledFields(runId: string, query: KeptQuery): readonly string[]
  unsettledHeads(runId: string, query: KeptQuery): readonly KeptRecordHead[]
  /** Notes that records are written again by a run, as its first, second, third …; absent: by no run. */
  markReplayed(runId: string, numbers: readonly number[], replayedIn: string | undefined): void
}

/** Unsettled records over an open store. */
export function createUnsettledRecords(store: LogStore, redactor: Redactor, writer: StoreWriter): UnsettledRecords {
  const statements = prepare(store)
  const keep = store.transaction((runId: string, records: readonly UnsettledRecord[]) => {
    for (const { record, message, ...rest } of records) {
      const text = JSON.stringify(record)
      const masked = redactor.redactData(text)
      const told = (words: string | undefined) => (words === undefined ? null : redactor.redactAbout(record, words))
      const columns = { runId, ...rest, code: told(rest.code), requestId: told(rest.requestId) }
      statements.keep.run({
        ...columns,
        isRetryable: rest.isRetryable ? 1 : 0,
        message: redactor.redactAbout(record, message),
        record: masked,
        isMasked: masked === text ? 0 : 1,
      })
    }
  })

  return {
    keep(runId, records) {
      writer.write(runId, () => keep(runId, records))
      // The source will not yield them again once the checkpoint has gone by.
      writer.settle(runId)
    },
    dropUnsettledAfter: (runId, number) => writer.write(runId, () => statements.drop.run({ runId, number })),
    unsettled: (runId, after, limit, query = {}) =>
      (statements.list.all({ runId, after, limit, ...columnsOf(query) }) as Row[]).map(toKept), // as our schema has it
    unsettledFields: (runId, query) => statements.fields.all({ runId, ...columnsOf(query) }) as string[], // keys of JSON
    unsettledHeads: (runId, query) => (statements.heads.all({ runId, ...columnsOf(query) }) as HeadRow[]).map(toHead), // as our schema has it
    markReplayed: store.transaction((runId: string, numbers: readonly number[], replayedIn: string | undefined) => {
      numbers.forEach((number, index) => {
        statements.mark.run({ runId, number, replayedIn: replayedIn ?? null, replayedNumber: index + 1 })
      })
    }),
  }
}

const wanted = '(@status IS NULL OR u.status = @status) AND (@code IS NULL OR u.code = @code)'

/** A run on another agent tells its counts only; whether one record of it was refused is known when none was, or all. */
const outcome = `CASE
    WHEN again.status IS NOT NULL THEN again.status
    WHEN replay.ended_at IS NULL THEN NULL
    WHEN replay.read < u.replayed_number THEN 'not-reached'
    WHEN replay.rejected + replay.unknown > 0
      AND NOT EXISTS (SELECT 1 FROM unsettled_records WHERE run_id = u.replayed_in) THEN NULL
    WHEN replay.written + replay.rejected + replay.unknown = replay.read THEN 'written'
    ELSE 'settled' END`

function prepare(store: LogStore) {
  return {
    keep: store.prepare(`INSERT OR REPLACE INTO unsettled_records
      (run_id, number, status, code, message, record, request_id, is_retryable, stage, is_masked, attempt)
      VALUES (@runId, @number, @status, @code, @message, @record, @requestId, @isRetryable, @stage, @isMasked,
        coalesce((SELECT attempt FROM runs WHERE run_id = @runId), 1))`),
    drop: store.prepare('DELETE FROM unsettled_records WHERE run_id = @runId AND number > @number'),
    list: store.prepare(`SELECT u.*, ${outcome} AS outcome FROM unsettled_records u
      LEFT JOIN runs replay ON replay.run_id = u.replayed_in
      LEFT JOIN unsettled_records again ON again.run_id = u.replayed_in AND again.number = u.replayed_number
      WHERE u.run_id = @runId AND u.number > @after AND ${wanted} ORDER BY u.number LIMIT @limit`),
    fields: store
      .prepare(`SELECT field.key FROM unsettled_records u, json_each(u.record) field
        WHERE u.run_id = @runId AND ${wanted} GROUP BY field.key ORDER BY min(u.number * 1000000 + field.id)`)
      .pluck(),
    heads: store.prepare(`SELECT number, status, code, stage, is_masked, replayed_in, length(record) AS size
      FROM unsettled_records u WHERE run_id = @runId AND ${wanted} ORDER BY number`),
    mark: store.prepare(`UPDATE unsettled_records SET replayed_in = @replayedIn, replayed_number = @replayedNumber
      WHERE run_id = @runId AND number = @number`),
  }
}

function columnsOf({ code, status }: KeptQuery) {
  return { code: code ?? null, status: status ?? null }
}

interface HeadRow {
  number: number
  status: UnsettledStatus
  code: string | null
  stage: RecordStage
  is_masked: number
  replayed_in: string | null
  size: number
}
interface Row extends Omit<HeadRow, 'size'> {
  message: string
  record: string
  request_id: string | null
  attempt: number
  is_retryable: number
  outcome: NonNullable<KeptRecord['outcome']> | null
}

function toHead({ number, status, code, stage, is_masked, replayed_in, size }: HeadRow): KeptRecordHead {
  return {
    number,
    status,
    stage,
    isMasked: is_masked === 1,
    sizeBytes: size,
    ...(code !== null && { code }),
    ...(replayed_in !== null && { replayedIn: replayed_in }),
  }
}

function toKept(row: Row): KeptRecord {
  return {
    number: row.number,
    status: row.status,
    ...(row.code !== null && { code: row.code }),
    message: row.message,
    ...(row.request_id !== null && { requestId: row.request_id }),
    attempt: row.attempt,
    isRetryable: row.is_retryable === 1,
    stage: row.stage,
    isMasked: row.is_masked === 1,
    ...(row.replayed_in !== null && { replayedIn: row.replayed_in }),
    ...(row.outcome !== null && { outcome: row.outcome }),
    record: JSON.parse(row.record) as DataRecord, // written by keep() above
  }
}
