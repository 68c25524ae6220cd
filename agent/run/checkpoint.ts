import type { Redis } from 'ioredis'
import type { JsonValue, Position } from '../../connectors/sdk/connector.ts'
import { AgentError, toError } from '../errors.ts'
import type { RunCounts, RunStatus } from './status.ts'

/**
 * Where a run stands: everything up to here is safe in the target and counted. `position` is what the source gave for
 * its last page that is wholly settled, `skip` how many records of the following page are settled too.
 */
export interface Checkpoint {
  readonly position?: Position
  readonly skip: number
  readonly counts: RunCounts
  /** What source and target want to find again, each its own. */
  readonly state: { readonly source: StateEntries; readonly target: StateEntries }
  /** Milliseconds worked on the run so far, over all its attempts. */
  readonly workedMs: number
  /** The source has been read to its end and the last batch is safe; only the target's `finish` may be missing. */
  readonly isRead: boolean
}
export type StateEntries = { readonly [key: string]: JsonValue }

/** What a runner learns when it takes a run. */
export interface Taken {
  /** Rises each time a run is taken: the fencing token. Only the latest holder may save. */
  readonly fence: number
  /** How often the run was taken since it last moved on. */
  readonly takesInVain: number
  readonly checkpoint: Checkpoint | undefined
  /** How the run ended, when it has: its job came back because nobody could tell the queue. */
  readonly ended: RunStatus | undefined
}

/** Checkpoints of the runs of one agent group, in its Redis, so that any agent of the group can go on with any run. */
export interface CheckpointStore {
  take(runId: string): Promise<Taken>
  /** Throws RUN_LOST when another runner has taken the run since, REDIS_UNAVAILABLE when Redis does not answer. */
  save(runId: string, fence: number, checkpoint: Checkpoint): Promise<void>
  /** Notes that a run has ended and forgets its checkpoint; does nothing when another runner has taken it. */
  end(runId: string, fence: number, status: RunStatus): Promise<void>
}

/** A checkpoint nobody asks for in so long is deleted: its job is long gone. */
const keepSeconds = 14 * 24 * 3600

/** How long an ended run is remembered, for the case that its job comes back. */
const keepEndedSeconds = 24 * 3600

const saveScript = `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[2], 'takes', 0)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`

const endScript = `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'ended', ARGV[2])
redis.call('HDEL', KEYS[1], 'checkpoint')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1`

/** Checkpoints under `<prefix>:run:<id>`; one hash a run with `fence`, `takes`, `checkpoint` and `ended`. */
export function createCheckpointStore(redis: Redis, prefix: string): CheckpointStore {
  const keyOf = (runId: string) => `${prefix}:run:${runId}`

  return {
    async take(runId) {
      const key = keyOf(runId)
      const replies = await guard(() =>
        redis
          .multi()
          .hincrby(key, 'fence', 1)
          .hincrby(key, 'takes', 1)
          .hmget(key, 'checkpoint', 'ended')
          .expire(key, keepSeconds)
          .exec(),
      )
      const [fence, takes, fields] = (replies ?? []).map(([problem, reply]) => {
        if (problem !== null)
          throw new AgentError('REDIS_UNAVAILABLE', `redis refused: ${problem.message}`, { cause: problem })
        return reply
      })
      const [saved, ended] = fields as readonly (string | null)[] // HMGET answers one text or null per field
      return {
        fence: Number(fence),
        takesInVain: Number(takes) - 1,
        checkpoint: typeof saved === 'string' ? (JSON.parse(saved) as Checkpoint) : undefined, // written by save below
        ended: (ended ?? undefined) as RunStatus | undefined, // written by end below
      }
    },
    async save(runId, fence, checkpoint) {
      const text = JSON.stringify(checkpoint)
      const isHolder = await guard(() => redis.eval(saveScript, 1, keyOf(runId), fence, text, keepSeconds))
      if (isHolder !== 1) throw new AgentError('RUN_LOST', `run ${runId} was taken over by another runner`)
    },
    async end(runId, fence, status) {
      await guard(() => redis.eval(endScript, 1, keyOf(runId), fence, status, keepEndedSeconds))
    },
  }
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const cause = toError(thrown)
    throw new AgentError('REDIS_UNAVAILABLE', `redis does not answer: ${cause.message}`, { cause })
  }
}
