import type { OperationLogs, UnfinishedRun } from './logs/operation-log.ts'
import type { JobFate, OperationQueue } from './queue.ts'
import { noCounts, type RunCounts, type RunStatus, runStatuses } from './run/status.ts'

/**
 * Closes operation logs that nobody else will close: the run ended on another agent of the group, its job was given up
 * by the queue, or Redis has lost it. Runs in the hands of our own runners are left alone. Looks at so many runs
 * `atOnce`, the oldest first, and resolves with what the next call takes as `after`, so that many that wait for long
 * do not hide those behind them; 0 when it came to the newest. Throws REDIS_UNAVAILABLE.
 */
export async function reconcile({
  logs,
  queue,
  isHeld,
  after = 0,
  atOnce = 200,
}: {
  readonly logs: OperationLogs
  readonly queue: Pick<OperationQueue, 'fateOf' | 'remove'>
  readonly isHeld: (runId: string) => boolean
  readonly after?: number
  readonly atOnce?: number
}): Promise<number> {
  const runs = logs.unfinished(after, atOnce)
  for (const run of runs) {
    if (isHeld(run.runId)) continue
    const fate = await queue.fateOf(run.jobId)
    // Its runner gave it back before it heard of the request.
    const isTakenOut = fate.state === 'waiting' && run.status === 'cancel-requested' && (await queue.remove(run.jobId))
    const end = endFrom(isTakenOut ? { state: 'gone' } : fate, run)
    // The runner may have taken or ended it while Redis was asked.
    if (end === undefined || isHeld(run.runId)) continue
    const { code, message, ...ended } = end
    const error = code === undefined ? {} : { error: { code, message } }
    if (!logs.changeNow(run.runId, { ...ended, endedAt: Date.now(), ...error })) continue
    logs.tell(run.runId, code === undefined ? 'info' : 'error', message, code)
  }
  return runs.length < atOnce ? 0 : (runs.at(-1)?.cursor ?? 0)
}

interface End {
  readonly status: RunStatus
  readonly code?: string
  readonly message: string
  /** What another agent found out, and its name. */
  readonly counts?: RunCounts
  readonly agent?: string
}

/** What the fate of a job says of its run; undefined while the job lives. */
export function endFrom(fate: JobFate, { status }: UnfinishedRun): End | undefined {
  switch (fate.state) {
    case 'waiting':
    case 'active':
      return undefined
    case 'completed':
      return {
        status: 'success',
        ...resultIn(fate.result),
        message: 'ended on another agent, whose operation log tells more',
      }
    case 'failed': {
      const [, code = 'RUN_INTERRUPTED', message = fate.reason] = /^([A-Z_]+): (.*)$/s.exec(fate.reason) ?? []
      return { status: code === 'RUN_CANCELED' ? 'canceled' : 'error', code, message }
    }
    case 'gone': {
      if (status === 'cancel-requested')
        return { status: 'canceled', message: 'canceled; its job is gone from the queue' }
      return {
        status: 'error',
        code: 'RUN_INTERRUPTED',
        message: 'its job is gone from the queue: Redis has lost it, or somebody removed it',
      }
    }
    default:
      return fate satisfies never
  }
}

/** What the runner of another agent answered the queue; that agent may be of another release. */
function resultIn(result: unknown): Partial<Pick<End, 'status' | 'counts' | 'agent'>> {
  if (typeof result !== 'object' || result === null) return {}
  const { status, counts, agent } = result as { readonly [field: string]: unknown } // looked at with care
  const knownStatus = runStatuses.find(known => known === status)
  return {
    ...(knownStatus === undefined ? {} : { status: knownStatus }),
    ...(areCounts(counts) ? { counts } : {}),
    ...(typeof agent === 'string' ? { agent } : {}),
  }
}

function areCounts(value: unknown): value is RunCounts {
  if (typeof value !== 'object' || value === null) return false
  const counts = value as { readonly [name: string]: unknown } // looked at with care
  return Object.keys(noCounts()).every(name => Number.isInteger(counts[name]))
}
