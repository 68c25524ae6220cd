import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentDebug } from './agent-debug.ts'
import type { AgentState } from './agent-state.ts'
import { toError } from './errors.ts'
import type { ChangeFeed } from './logs/change-feed.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { OperationQueue } from './queue.ts'
import { reconcile } from './reconcile.ts'
import { deleteOldLogs, type RetentionLimits } from './retention.ts'
import type { Runners } from './runners.ts'

/** How often the queue is counted and unfinished runs are compared with it. */
const queueMs = 5_000
/** How often operation logs that are too old or too many are deleted. */
const retentionMs = 3_600_000
/** How often debug data that is too old or too much is deleted. */
const debugMs = 10_000

/** Does what has to be done every now and then, until the returned function is called. */
export function startHousekeeping(
  parts: RetentionLimits & {
    readonly state: AgentState
    readonly logs: OperationLogs
    readonly changes: ChangeFeed
    readonly queue: OperationQueue
    readonly runners: Runners
    readonly debug: Pick<AgentDebug, 'trim'>
    readonly logger: AgentLogger
  },
): () => void {
  const { state, logs, queue, runners, logger } = parts
  const stop = new AbortController()
  let lookedThrough = 0

  async function lookAtQueue(): Promise<void> {
    if (!state.redis.connected) return
    state.waiting = await queue.waiting()
    state.headSubmittedAt = await queue.headSubmittedAt()
    const isHeld = (runId: string) => runners.running().includes(runId)
    lookedThrough = await reconcile({ logs, queue, isHeld, after: lookedThrough })
  }

  async function retain(): Promise<void> {
    const { runs, changes } = await deleteOldLogs(parts, parts, stop.signal)
    if (runs > 0 || changes > 0) logger.info({ deleted: runs, changes }, 'old operation logs deleted')
  }

  void repeat(lookAtQueue, queueMs, { signal: stop.signal, logger })
  async function trimDebug(): Promise<void> {
    const held = new Set(runners.running())
    await parts.debug.trim(runId => held.has(runId))
  }

  void repeat(retain, retentionMs, { signal: stop.signal, logger })
  void repeat(trimDebug, debugMs, { signal: stop.signal, logger })
  return () => stop.abort()
}

/** Never rejects: what fails is tried again next time. */
async function repeat(
  work: () => Promise<void>,
  everyMs: number,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: AgentLogger },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work()
    } catch (thrown) {
      if (!signal.aborted) logger.warn({ work: work.name, error: toError(thrown).message }, 'housekeeping failed')
    }
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
