import type { Redis } from 'ioredis'
import { answerAtOnce } from '../redis-answers.ts'
import type { ReadTimed, Timed } from './timed-file.ts'

/** Things set for all agents of a group. All of it throws REDIS_UNAVAILABLE. */
export interface TimedHash<T extends Timed> {
  read(): Promise<ReadonlyMap<string, T>>
  set(name: string, value: T): Promise<void>
  /** Whether there was one. */
  reset(name: string): Promise<boolean>
}

/** Longer than anything may be set. */
const keptMs = 31 * 86_400_000

/** Deletes what has fallen back, then sets; in one, so that nothing is deleted that was set in between. */
const setScript = `
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
  local isOurs, entry = pcall(cjson.decode, entries[i + 1])
  local isSet = isOurs and type(entry) == 'table' and type(entry['until']) == 'string'
  if not isSet or entry['until'] < ARGV[3] then
    redis.call('HDEL', KEYS[1], entries[i])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
`

/** Things set for a time in a hash of Redis, one field for each. */
export function createTimedHash<T extends Timed>(redis: Redis, key: string, readTimed: ReadTimed<T>): TimedHash<T> {
  return {
    async read() {
      const entries = await answerAtOnce(redis, () => redis.hgetall(key))
      return readTimed(Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, parse(text)])))
    },
    async set(name, timed) {
      const [value, now] = [JSON.stringify(timed), new Date().toISOString()]
      await answerAtOnce(redis, () => redis.eval(setScript, 1, key, name, value, now, keptMs))
    },
    reset: async name => (await answerAtOnce(redis, () => redis.hdel(key, name))) > 0,
  }
}

/** Anybody may write into a Redis. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
