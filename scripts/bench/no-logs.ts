import { AgentError } from '../../agent/errors.ts'
import type { NewRun, OperationLogs, RunChange } from '../../agent/logs/operation-log.ts'
import { hasEnded, noCounts, type RunSummary } from '../../agent/run/status.ts'

/**
 * Operation logs that are written nowhere: what a run has to know of itself is remembered, messages are dropped. `rest` is
 * for what no run asks for.
 */
export function createNoLogs(rest: OperationLogs): OperationLogs {
  const runs = new Map<string, RunSummary>()

  function run(runId: string): RunSummary {
    const found = runs.get(runId)
    if (found === undefined) throw new AgentError('RUN_NOT_FOUND', `no run ${runId}`)
    return found
  }

  function change(runId: string, wanted: RunChange): boolean {
    const before = run(runId)
    if (hasEnded(before.status)) return false
    runs.set(runId, { ...before, ...changed(wanted) })
    return true
  }

  return {
    ...rest,
    open: opened => void (runs.has(opened.runId) || runs.set(opened.runId, newRun(opened))),
    change,
    changeNow: change,
    finish(runId, wanted) {
      change(runId, wanted)
      return run(runId)
    },
    tell: () => undefined,
    keep: () => undefined,
    dropUnsettledAfter: () => undefined,
    run,
    find: runId => runs.get(runId),
  }
}

function newRun({ runId, operation, agent, submittedAt }: NewRun): RunSummary {
  const counts = noCounts()
  return {
    runId,
    cursor: 0,
    operation,
    status: 'submitted',
    agent,
    submittedAt: isoOf(submittedAt),
    attempt: 0,
    counts,
  }
}

function changed({ startedAt, endedAt, job: _job, ...change }: RunChange): Partial<RunSummary> {
  return {
    ...change,
    ...(startedAt !== undefined && { startedAt: isoOf(startedAt) }),
    ...(endedAt !== undefined && { endedAt: isoOf(endedAt) }),
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
