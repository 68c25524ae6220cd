import type { RunChange } from './operation-log.ts'
import type { Redactor } from './redact.ts'
import { createStatements } from './statements.ts'
import type { LogStore } from './store.ts'

/**
 * Writes changes into rows of runs. There is a statement for each set of columns, so that only the indexes that hold one
 * of them are written: a run changes half a dozen times, and there are as many indexes.
 */
export function createRunUpdate(store: LogStore, redactor: Redactor): (runId: string, change: RunChange) => void {
  const prepared = createStatements(store)
  return (runId, change) => {
    const columns = columnsOf(change, redactor)
    const names = Object.keys(columns)
    if (names.length === 0) return
    const sql = `UPDATE runs SET ${names.map(name => `${name} = @${name}`).join(', ')} WHERE run_id = @runId`
    prepared(sql).run({ ...columns, runId })
  }
}

/** Only what changes. */
function columnsOf(
  { counts, error, job, ...change }: RunChange,
  redactor: Redactor,
): Readonly<Record<string, unknown>> {
  const { startedAt, endedAt, ...same } = change
  return {
    ...same,
    ...counts,
    ...(startedAt !== undefined && { started_at: startedAt }),
    ...(endedAt !== undefined && { ended_at: endedAt }),
    ...(error !== undefined && { error_code: error.code, error_message: redactor.redact(error.message) }),
    ...(job !== undefined && { job: redactor.redactData(JSON.stringify(job)) }),
  }
}
