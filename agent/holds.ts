import { toError } from './errors.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { OperationQueue } from './queue.ts'
import type { Runners } from './runners.ts'

const everyMs = 10_000

/**
 * Renews the hold of the runners on their jobs from the supervisor, which always has time. A runner renews it too, but
 * by a timer that long work of a connector or a jump of the clock can hold up; its run would then be taken by another.
 */
export function startHolds({
  queue,
  runners,
  logger,
}: {
  readonly queue: Pick<OperationQueue, 'renew'>
  readonly runners: Pick<Runners, 'held'>
  readonly logger: AgentLogger
}): () => void {
  const timer = setInterval(() => {
    for (const { jobId, token, runId } of runners.held()) {
      queue
        .renew(jobId, token)
        .catch(error => logger.debug({ runId, error: toError(error).message }, 'hold on the job not renewed'))
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
