import { setTimeout as sleep } from 'node:timers/promises'
import { Job, Queue } from 'bullmq'
import { openRedis, type RedisWatcher } from './redis.ts'
import { answerAtOnce } from './redis-answers.ts'
import type { OperationJob } from './run/operation.ts'

/** The queue of an agent group in its Redis. */
export interface QueueAddress {
  readonly redisUrl: string
  readonly prefix: string
  readonly group: string
}

/** Name of the BullMQ queue of a group; BullMQ allows no colon in it. */
export function queueNameOf(group: string): string {
  return `operations.${group}`
}

/** A runner whose hold on a job has not been renewed for so long is taken for dead. */
export const lockMs = 30_000

/** Name of the jobs in the queue. */
export const jobName = 'operation'

/** BullMQ refuses ids that are numbers, and ids like `active` or `id` would overwrite keys of the queue itself. */
function jobIdOf(runId: string): string {
  return `run-${runId}`
}

/** What became of a job, as far as the queue knows. */
export type JobFate =
  | { readonly state: 'waiting' | 'active' | 'gone' }
  | { readonly state: 'completed'; readonly result: unknown }
  | { readonly state: 'failed'; readonly reason: string }

/** The supervisor's side of the queue: it submits and looks, it never takes a job. All methods throw REDIS_UNAVAILABLE. */
export interface OperationQueue {
  readonly name: string
  /** Enqueues a run and resolves with the id of its job; the same run id twice is one job. */
  submit(runId: string, job: OperationJob): Promise<string>
  /** Takes a job out that nobody works on; false when it is worked on or gone. */
  remove(jobId: string): Promise<boolean>
  /** Lets a job that waits for its next attempt be taken at once. */
  hurry(jobId: string): Promise<void>
  fateOf(jobId: string): Promise<JobFate>
  /** What the job asks for; undefined when it is gone. */
  dataOf(jobId: string): Promise<unknown>
  /** Puts the job of a dead runner back to the front, so that it need not wait until its lock runs out. */
  handBack(jobId: string, token: string): Promise<void>
  /** Renews a runner's hold on a job; nothing happens when the job is another's or gone. */
  renew(jobId: string, token: string): Promise<void>
  waiting(): Promise<number>
  /** When the job at the head of the queue was submitted, in ms; undefined when none can be taken now. */
  headSubmittedAt(): Promise<number | undefined>
  /** Asks all agents of the group to stop a run. */
  askToCancel(runId: string): Promise<void>
  /** Calls back for each run that somebody asks to stop. */
  onCancelAsked(listener: (runId: string) => void): void
  close(): Promise<void>
}

/** How the queue treats jobs that this agent submits. A foreign control plane chooses for itself. */
const jobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 },
  removeOnComplete: { age: 24 * 3600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 10_000 },
} as const

/** Opens the queue of a group; does not wait for Redis. */
export function openQueue({ redisUrl, prefix, group }: QueueAddress, watcher: RedisWatcher): OperationQueue {
  let isClosing = false
  const onDown = (problem: string) => {
    if (!isClosing) watcher.onDown(problem)
  }
  const redis = openRedis(redisUrl, 'request', { ...watcher, onDown })
  const listening = openRedis(redisUrl, 'queue')
  const name = queueNameOf(group)
  // BullMQ waits for a first connection however long it takes; whoever asks us wants an answer.
  const guard = <T>(work: () => Promise<T>): Promise<T> => answerAtOnce(redis, work)
  const channel = `${prefix}:cancel:${group}`
  const queue = new Queue(name, { connection: redis, prefix, defaultJobOptions: jobOptions })
  // The watcher of the connection tells of it; without a listener the process would end.
  queue.on('error', () => undefined)

  return {
    name,
    submit: (runId, job) =>
      guard(async () => {
        const jobId = jobIdOf(runId)
        await queue.add(jobName, job, { jobId })
        return jobId
      }),
    remove: jobId =>
      guard(async () => {
        const job = await queue.getJob(jobId)
        return job === undefined ? false : removeFree(job)
      }),
    hurry: jobId =>
      guard(async () => {
        const job = await queue.getJob(jobId)
        if ((await job?.isDelayed()) === true) await job?.promote()
      }),
    fateOf: jobId => guard(() => fateOf(queue, jobId)),
    dataOf: jobId => guard(async () => (await queue.getJob(jobId))?.data as unknown),
    handBack: (jobId, token) =>
      guard(async () => {
        const job = await Job.fromId(queue, jobId)
        await job?.moveToWait(token)
      }),
    renew: (jobId, token) =>
      guard(async () => {
        const job = await Job.fromId(queue, jobId)
        await job?.extendLock(token, lockMs)
      }),
    waiting: () => guard(() => queue.getJobCountByTypes('waiting', 'prioritized', 'delayed')),
    headSubmittedAt: () =>
      guard(async () => {
        const heads = await queue.getJobs(['waiting', 'prioritized'], 0, 0, true)
        return heads.length === 0 ? undefined : Math.min(...heads.map(job => job.timestamp))
      }),
    askToCancel: runId => guard(async () => void (await redis.publish(channel, runId))),
    onCancelAsked(listener) {
      listening.on('message', (_channel, runId) => listener(runId))
      listening.subscribe(channel).catch(() => undefined)
    },
    async close() {
      isClosing = true
      await queue.close().catch(() => undefined)
      redis.disconnect()
      listening.disconnect()
    },
  }
}

/** How long a drained runner may need to give back a job it took by mistake, looked at in so many steps. */
const giveBackSteps = 5
const giveBackStepMs = 50

/**
 * Removes a job unless somebody holds it. A runner that was told to drain while it waited for a job takes that job and
 * gives it back at once, so one look is not enough to say that it is held.
 */
async function removeFree(job: Job): Promise<boolean> {
  for (let step = 1; ; step += 1) {
    try {
      await job.remove()
      return true
    } catch (thrown) {
      // BullMQ refuses to remove what is locked; a job that is still locked at the end is worked on.
      const state = await job.getState()
      if (state === 'unknown') return false
      if (step === giveBackSteps) {
        if (state === 'active') return false
        throw thrown
      }
    }
    await sleep(giveBackStepMs)
  }
}

async function fateOf(queue: Queue, jobId: string): Promise<JobFate> {
  const job = await queue.getJob(jobId)
  if (job === undefined) return { state: 'gone' }
  const state = await job.getState()
  switch (state) {
    case 'completed':
      return { state, result: job.returnvalue }
    case 'failed':
      return { state, reason: job.failedReason }
    case 'active':
      return { state }
    case 'unknown':
      return { state: 'gone' }
    default:
      return { state: 'waiting' }
  }
}
