import type { Redis } from 'ioredis'
import { AgentError } from '../errors.ts'
import { answerOfRedis } from '../redis-answers.ts'

/** A runner's hold on a run: the fence rises each time that the run is taken. */
export interface Hold {
  readonly runId: string
  readonly fence: number
}

/** Changes in Redis that only the holder of a run may make. */
export interface Fence {
  /** The hash of a run, which has the field `fence`. */
  keyOf(runId: string): string
  /**
   * Runs Lua if the hold is still the latest; false when it is not. The script finds the run's hash in KEYS[1] and `keys`
   * from KEYS[2] on, and `values` from ARGV[2] on. Throws REDIS_UNAVAILABLE.
   */
  asHolder(hold: Hold, change: Change): Promise<boolean>
  /** The same, but throws RUN_LOST instead of telling. */
  onlyAsHolder(hold: Hold, change: Change): Promise<void>
}

/** What is to be changed. */
export interface Change {
  readonly script: string
  readonly keys: readonly string[]
  readonly values: readonly (string | number)[]
}

const check = "if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end\n"

/** The fence of the runs of one agent group. */
export function createFence(redis: Redis, prefix: string): Fence {
  const fence: Fence = {
    keyOf: runId => `${prefix}:run:${runId}`,
    async asHolder({ runId, fence: number }, { script, keys, values }) {
      const all = [fence.keyOf(runId), ...keys]
      const text = `${check}${script}\nreturn 1`
      return (await answerOfRedis(() => redis.eval(text, all.length, ...all, number, ...values))) === 1
    },
    async onlyAsHolder(hold, change) {
      if (await fence.asHolder(hold, change)) return
      throw new AgentError('RUN_LOST', `run ${hold.runId} was taken over by another runner`)
    },
  }
  return fence
}
