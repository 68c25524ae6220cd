import type { Redis } from 'ioredis'
import type { JsonValue, Position } from '../../connectors/sdk/connector.ts'
import { answerOfRedis } from '../redis-answers.ts'
import { createFence } from './fence.ts'
import type { JournalEntry } from './journal.ts'
import type { RunDeath, RunDeaths } from './run-death.ts'
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
  readonly deaths: RunDeaths
  readonly checkpoint: Checkpoint | undefined
  /** How the run ended, when it has: its job came back because nobody could tell the queue. */
  readonly ended: RunStatus | undefined
  /** What earlier attempts did after the checkpoint, as far as it was noted. */
  readonly journal: readonly JournalEntry[]
  /**
   * Redis was started anew since the run was taken last. It may have lost its last second, so the journal may lack what
   * was sent in it. Redis' own id of its process tells.
   */
  readonly isRedisAnother: boolean
}

/** Checkpoints of the runs of one agent group, in its Redis, so that any agent of the group can go on with any run. */
export interface CheckpointStore {
  take(runId: string): Promise<Taken>
  /**
   * Makes entries of the journal durable; without entries it only makes sure of the hold. Throws RUN_LOST when another
   * runner has taken the run since, REDIS_UNAVAILABLE when Redis does not answer.
   */
  note(runId: string, fence: number, entries: readonly JournalEntry[]): Promise<void>
  /** Saves a checkpoint and forgets the entries of the journal that it covers. Throws as `note`. */
  save(runId: string, fence: number, checkpoint: Checkpoint, covered: readonly string[]): Promise<void>
  /** Notes why the runner of a run died; whoever takes the run next learns it. Throws REDIS_UNAVAILABLE. */
  noteDeath(runId: string, death: RunDeath): Promise<void>
  /** Notes that a run has ended and forgets its checkpoint; does nothing when another runner has taken it. */
  end(runId: string, fence: number, status: RunStatus): Promise<void>
}

/** A checkpoint nobody asks for in so long is deleted: its job is long gone. */
const keepSeconds = 14 * 24 * 3600

/** How long an ended run is remembered, for the case that its job comes back. */
const keepEndedSeconds = 24 * 3600

const noteScript = `
if #ARGV > 2 then
  for at = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end`

const saveScript = `
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[3], 'takes', 0)
redis.call('HDEL', KEYS[1], 'deaths', 'death')
redis.call('EXPIRE', KEYS[1], ARGV[2])
for at = 4, #ARGV do redis.call('HDEL', KEYS[2], ARGV[at]) end`

const endScript = `
redis.call('HSET', KEYS[1], 'ended', ARGV[3])
redis.call('HDEL', KEYS[1], 'checkpoint')
redis.call('DEL', KEYS[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])`

/**
 * Checkpoints under `<prefix>:run:<id>`, one hash a run with `fence`, `takes`, `redis`, `checkpoint` and `ended`, and of
 * the deaths of its runners `deaths`, `death` (the last one) and `outOfMemory`; beside it a hash of the journal's entries
 * by key.
 */
export function createCheckpointStore(redis: Redis, prefix: string): CheckpointStore {
  const { keyOf, asHolder, onlyAsHolder } = createFence(redis, prefix)
  const journalOf = (runId: string) => `${keyOf(runId)}:journal`

  return {
    take: runId => answerOfRedis(() => take(redis, keyOf(runId), journalOf(runId))),
    async note(runId, fence, entries) {
      const values = [keepSeconds, ...entries.flatMap(entry => [entry.key, JSON.stringify(entry)])]
      await onlyAsHolder({ runId, fence }, { script: noteScript, keys: [journalOf(runId)], values })
    },
    async save(runId, fence, checkpoint, covered) {
      const values = [keepSeconds, JSON.stringify(checkpoint), ...covered]
      await onlyAsHolder({ runId, fence }, { script: saveScript, keys: [journalOf(runId)], values })
    },
    async noteDeath(runId, death) {
      const key = keyOf(runId)
      const change = redis.multi().hset(key, 'death', JSON.stringify(death)).expire(key, keepSeconds)
      if (death.isToBlame) change.hincrby(key, 'deaths', 1)
      if (death.isToBlame && death.code === 'RUNNER_OUT_OF_MEMORY') change.hincrby(key, 'outOfMemory', 1)
      await answerOfRedis(() => change.exec())
    },
    async end(runId, fence, status) {
      const values = [keepEndedSeconds, status]
      await asHolder({ runId, fence }, { script: endScript, keys: [journalOf(runId)], values })
    },
  }
}

async function take(redis: Redis, key: string, journalKey: string): Promise<Taken> {
  const server = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? ''
  const replies = await redis
    .multi()
    .hincrby(key, 'fence', 1)
    .hincrby(key, 'takes', 1)
    .hmget(key, 'checkpoint', 'ended', 'redis', 'death', 'deaths', 'outOfMemory')
    .hset(key, 'redis', server)
    .hvals(journalKey)
    .expire(key, keepSeconds)
    .exec()
  const [fence, takes, fields, , entries] = (replies ?? []).map(([problem, reply]) => {
    if (problem !== null) throw problem
    return reply
  })
  const [saved, ended, before, death, inVain, outOfMemory] = fields as readonly (string | null)[] // HMGET answers one text or null per field
  return {
    fence: Number(fence),
    takesInVain: Number(takes) - 1,
    deaths: {
      inVain: Number(inVain),
      outOfMemory: Number(outOfMemory),
      last: typeof death === 'string' ? (JSON.parse(death) as RunDeath) : undefined, // written by noteDeath above
    },
    checkpoint: typeof saved === 'string' ? (JSON.parse(saved) as Checkpoint) : undefined, // written by save above
    ended: (ended ?? undefined) as RunStatus | undefined, // written by end above
    journal: (entries as readonly string[]).map(entry => JSON.parse(entry) as JournalEntry), // written by note above
    isRedisAnother: typeof before === 'string' && before !== server,
  }
}
