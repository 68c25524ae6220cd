import { toError } from './errors.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { OperationQueue } from './queue.ts'
import type { CheckpointStore } from './run/checkpoint.ts'
import type { HeldRun } from './runner.ts'
import type { RunnerDeath } from './runner-death.ts'

/**
 * Takes care of runs whose runner died: their operation logs tell why, whoever takes them next learns it, and their jobs
 * go back to the queue at once. A run that is to blame may be ended there for good.
 */
export function createRescue(parts: {
  readonly logs: Pick<OperationLogs, 'tell'>
  readonly queue: Pick<OperationQueue, 'handBack'>
  readonly checkpoints: Pick<CheckpointStore, 'noteDeath'>
  readonly logger: AgentLogger
}): (runs: readonly HeldRun[], death: RunnerDeath) => void {
  const { logs, queue, checkpoints, logger } = parts

  async function rescue({ runId, jobId, token }: HeldRun, death: RunnerDeath): Promise<void> {
    const isToBlame = death.culprit?.runId === runId
    const { code, message } = death
    logs.tell(runId, 'warning', `${message}${fateText(code, isToBlame)}`, isToBlame ? code : 'RUN_LOST')
    // Without Redis the queue finds out by itself, when the hold on the job runs out.
    const noted = checkpoints.noteDeath(runId, { code, message, isToBlame })
    // Whoever takes a run that is to blame must know it by then; the others need not wait.
    if (isToBlame) await noted
    await Promise.all([noted, queue.handBack(jobId, token)])
  }

  return (runs, death) => {
    for (const run of runs) {
      rescue(run, death).catch((thrown: unknown) =>
        logger.warn({ runId: run.runId, error: toError(thrown).message }, 'job not handed back'),
      )
    }
  }
}

/** Whoever takes a run that is to blame may give it up. */
function fateText(code: RunnerDeath['code'], isToBlame: boolean): string {
  if (!isToBlame) return '; the run goes on at its checkpoint'
  return code === 'CONNECTOR_FAULT' ? '' : '; the run is taken again at its checkpoint'
}
