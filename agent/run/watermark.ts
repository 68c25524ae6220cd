import type { Redis } from 'ioredis'
import type { Watermark } from '../../connectors/sdk/connector.ts'
import { AgentError, toError } from '../errors.ts'

/** Whose watermark it is. */
export interface WatermarkPlace {
  readonly operation: string
  readonly connection: string
}

/** A watermark as it is kept. */
export interface KeptWatermark extends Watermark, WatermarkPlace {
  readonly savedAt: string
  /** The run that moved it; absent: somebody has set it. */
  readonly runId?: string
}

/** Watermarks of one agent group, in its Redis, so that any agent of the group goes on from them. */
export interface WatermarkStore {
  get(place: WatermarkPlace): Promise<KeptWatermark | undefined>
  /** All there are, or those of an operation; by name. */
  list(operation?: string): Promise<readonly KeptWatermark[]>
  set(watermark: KeptWatermark): Promise<void>
  /** Forgets those of an operation, over whatever connection; tells how many there were. */
  reset(operation: string): Promise<number>
  /** Sets it for a run; throws RUN_LOST when another runner has taken the run since. */
  move(watermark: KeptWatermark, runId: string, fence: number): Promise<void>
}

const moveScript = `
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1`

/** Watermarks in the hash `<prefix>:state`, one field for `<operation>:<connection>`. All of it throws REDIS_UNAVAILABLE. */
export function createWatermarkStore(redis: Redis, prefix: string): WatermarkStore {
  const key = `${prefix}:state`

  async function list(operation?: string): Promise<readonly KeptWatermark[]> {
    const entries = await guard(() => redis.hgetall(key))
    return Object.keys(entries)
      .sort()
      .map(field => parse(entries[field]))
      .filter(kept => operation === undefined || kept.operation === operation)
  }

  return {
    list,
    async get(place) {
      const text = await guard(() => redis.hget(key, fieldOf(place)))
      return text === null ? undefined : parse(text)
    },
    async set(watermark) {
      await guard(() => redis.hset(key, fieldOf(watermark), JSON.stringify(watermark)))
    },
    async reset(operation) {
      const fields = (await list(operation)).map(fieldOf)
      return fields.length === 0 ? 0 : guard(() => redis.hdel(key, ...fields))
    },
    async move(watermark, runId, fence) {
      const text = JSON.stringify(watermark)
      const moved = await guard(() =>
        redis.eval(moveScript, 2, `${prefix}:run:${runId}`, key, fence, fieldOf(watermark), text),
      )
      if (moved !== 1) throw new AgentError('RUN_LOST', `run ${runId} was taken over by another runner`)
    },
  }
}

/** A point in time as people write it, in UTC. Throws REQUEST_INVALID for a date alone, a time without offset, the future. */
export function parseUntil(text: string, now: Date): string {
  const time = new Date(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime()))
    throw new AgentError(
      'REQUEST_INVALID',
      `${JSON.stringify(text)} is no time like 2026-11-25T08:30:00Z, with its offset`,
    )
  if (time > now)
    throw new AgentError('REQUEST_INVALID', `${text} lies in the future; what changes until then would be left out`)
  return time.toISOString()
}

/** Names hold no colons. */
function fieldOf({ operation, connection }: WatermarkPlace): string {
  return `${operation}:${connection}`
}

function parse(text = ''): KeptWatermark {
  return JSON.parse(text) as KeptWatermark // written above
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const cause = toError(thrown)
    throw new AgentError('REDIS_UNAVAILABLE', `redis does not answer: ${cause.message}`, { cause })
  }
}
