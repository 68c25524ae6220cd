import { createHash } from 'node:crypto'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import { AgentError, toError } from './errors.ts'
import { lockMs, type QueueAddress, queueNameOf } from './queue.ts'
import { openRedis } from './redis.ts'
import { type QueuedRun, type RunEnd, type RunParts, runOperation } from './run/run.ts'
import type { WorkTracker } from './run/work.ts'
import { isRunId } from './run-id.ts'

/** A run in the hands of a runner. The token is what the queue knows the holder by. */
export interface HeldRun {
  readonly runId: string
  readonly jobId: string
  readonly token: string
}

/** Takes jobs from the queue and runs them. */
export interface Runner {
  /** Takes no new jobs; what runs goes on. */
  pause(): void
  resume(): void
  /** Stops a run; false when this runner does not hold it. */
  cancel(runId: string): boolean
  /** Stops all runs at their checkpoints and gives their jobs back to the queue. */
  handBack(): void
  /** Ends when no run is left. */
  close(): Promise<void>
}

/** What a runner works with. */
export interface RunnerParts extends RunParts {
  readonly queue: QueueAddress
  /** Runs at the same time. */
  readonly concurrency: number
  readonly isPaused: boolean
  readonly tracker: WorkTracker
  /** In place of `runOperation`, to trace it. */
  readonly attempt?: typeof runOperation
  readonly onStarted: (run: HeldRun) => void
  /** `end` is undefined when not even the operation log could be written. */
  readonly onEnded: (run: HeldRun, end: RunEnd | undefined) => void
}

/** How often the queue is searched for jobs whose runner has vanished. */
const stalledIntervalMs = 5_000
/** How often a vanished job is taken again before the queue gives it up; `takesInVain` ends it sooner. */
const maxStalledCount = 10

/** Starts a runner. It waits for Redis however long that takes. */
export function createRunner(parts: RunnerParts): Runner {
  const held = new Map<string, HeldRun & { readonly stop: AbortController }>()
  const redis = openRedis(parts.queue.redisUrl, 'queue')
  const logger = parts.loggers.get('agent.runner')
  const worker = new Worker(queueNameOf(parts.queue.group), takeJob, {
    connection: redis,
    prefix: parts.queue.prefix,
    concurrency: parts.concurrency,
    autorun: false,
    lockDuration: lockMs,
    stalledInterval: stalledIntervalMs,
    maxStalledCount,
  })
  // The supervisor tells when Redis is away; here it would be told once for each connection and attempt.
  worker.on('error', error => logger.debug({ error: error.message }, 'queue worker failed'))
  worker.on('lockRenewalFailed', jobIds => {
    for (const run of held.values()) {
      if (jobIds.includes(run.jobId)) run.stop.abort(new AgentError('RUN_LOST', 'the hold on the job ran out'))
    }
  })

  let isPaused = parts.isPaused

  async function takeJob(job: Job, token = ''): Promise<unknown> {
    // A worker that is paused while it waits for a job still takes the next one.
    if (isPaused) {
      await job.moveToWait(token)
      throw new WaitingError('draining')
    }
    const run = { ...identify(job), token, stop: new AbortController() }
    held.set(run.runId, run)
    parts.onStarted(run)
    let end: RunEnd | undefined
    try {
      const attempt = () => (parts.attempt ?? runOperation)(queuedRun(job), parts, run.stop.signal)
      end = await parts.tracker.within({ runId: run.runId }, attempt)
    } finally {
      held.delete(run.runId)
      parts.onEnded(run, end)
    }
    return tellQueue(job, token, { end, agent: parts.agent })
  }

  /** Starts the worker too: one that was never started, or has come to its end while paused. */
  function run(): void {
    worker.resume().catch((thrown: unknown) => logger.error({ err: toError(thrown) }, 'queue worker did not start'))
  }

  if (!isPaused) run()
  return {
    pause() {
      isPaused = true
      worker
        .pause(true)
        .catch((thrown: unknown) => logger.error({ err: toError(thrown) }, 'queue worker did not pause'))
    },
    resume() {
      isPaused = false
      run()
    },
    cancel(runId) {
      const found = held.get(runId)
      found?.stop.abort(new AgentError('RUN_CANCELED', 'canceled on request'))
      return found !== undefined
    },
    handBack() {
      for (const { stop } of held.values()) stop.abort(new AgentError('AGENT_STOPPING', 'the agent is stopping'))
    },
    async close() {
      // Without Redis the queue cannot be told how the last runs ended, and the worker would wait for it for ever.
      await worker.close(redis.status !== 'ready')
      redis.disconnect()
    },
  }
}

/**
 * The run of a job: the one its data name, else the job's own id is the run's. A job that the queue itself numbered says
 * so, as numbers begin again in a new Redis. Ids go into file names, so one with other characters becomes a hash.
 */
export function identify(job: Pick<Job, 'id' | 'timestamp' | 'data'>): {
  readonly runId: string
  readonly jobId: string
} {
  const jobId = job.id ?? ''
  const data: unknown = job.data
  const wanted = typeof data === 'object' && data !== null ? (data as { runId?: unknown }).runId : undefined
  if (typeof wanted === 'string' && isRunId(wanted)) return { runId: wanted, jobId }
  if (/^\d+$/.test(jobId)) return { runId: `j${job.timestamp}-${jobId}`, jobId }
  if (isRunId(jobId)) return { runId: jobId, jobId }
  const hash = createHash('sha256').update(jobId).digest('hex').slice(0, 16)
  return { runId: `j${job.timestamp}-${hash}`, jobId }
}

function queuedRun(job: Job): QueuedRun {
  const canRetry = job.attemptsMade + 1 < (job.opts.attempts ?? 1)
  return { ...identify(job), data: job.data as unknown, submittedAt: job.timestamp, canRetry }
}

/** Turns the end of an attempt into what the queue understands: a result, another attempt, or none. */
async function tellQueue(
  job: Job,
  token: string,
  { end: { status, counts, error }, agent }: { readonly end: RunEnd; readonly agent: string },
): Promise<unknown> {
  const reason = error === undefined ? status : `${error.code}: ${error.message}`
  switch (status) {
    case 'lost':
      // Not ours any more; this error makes BullMQ leave the job alone.
      throw new WaitingError(reason)
    case 'pending':
      if (error?.code !== 'AGENT_STOPPING') throw new Error(reason)
      await job.moveToWait(token)
      throw new WaitingError(reason)
    case 'error':
    case 'canceled':
      throw new UnrecoverableError(reason)
    default:
      return { status, counts, agent }
  }
}
