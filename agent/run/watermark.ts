import type { Redis } from 'ioredis'
import type { Watermark } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import { answerOfRedis } from '../redis-answers.ts'
import { createFence } from './fence.ts'

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

const moveScript = "redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])"

/** Watermarks in the hash `<prefix>:state`, one field for `<operation>:<connection>`. All of it throws REDIS_UNAVAILABLE. */
export function createWatermarkStore(redis: Redis, prefix: string): WatermarkStore {
  const key = `${prefix}:state`
  const { onlyAsHolder } = createFence(redis, prefix)

  async function list(operation?: string): Promise<readonly KeptWatermark[]> {
    const entries = await answerOfRedis(() => redis.hgetall(key))
    return Object.keys(entries)
      .sort()
      .map(field => parse(entries[field]))
      .filter(kept => operation === undefined || kept.operation === operation)
  }

  return {
    list,
    async get(place) {
      const text = await answerOfRedis(() => redis.hget(key, fieldOf(place)))
      return text === null ? undefined : parse(text)
    },
    async set(watermark) {
      await answerOfRedis(() => redis.hset(key, fieldOf(watermark), JSON.stringify(watermark)))
    },
    async reset(operation) {
      const fields = (await list(operation)).map(fieldOf)
      return fields.length === 0 ? 0 : answerOfRedis(() => redis.hdel(key, ...fields))
    },
    async move(watermark, runId, fence) {
      const values = [fieldOf(watermark), JSON.stringify(watermark)]
      await onlyAsHolder({ runId, fence }, { script: moveScript, keys: [key], values })
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
