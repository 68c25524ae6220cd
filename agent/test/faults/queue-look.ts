import { Redis } from 'ioredis'
import { queueNameOf } from '../../queue.ts'

/** Looks into the queue of the default group, past all proxies. */
export interface QueueLook {
  /** Whether no job waits or is worked on. */
  isEmpty(): Promise<boolean>
  close(): void
}

/** Opens a look into the queue; comes back by itself when Redis does. */
export function openQueueLook(redisUrl: string): QueueLook {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => 100, maxRetriesPerRequest: 0 })
  // Redis may be away on purpose.
  redis.on('error', () => undefined)
  const key = (list: string) => `agent:${queueNameOf('default')}:${list}`
  return {
    async isEmpty() {
      const counts = await Promise.all([
        redis.llen(key('wait')),
        redis.llen(key('active')),
        redis.zcard(key('delayed')),
      ]).catch(() => [1])
      return counts.every(count => count === 0)
    },
    close: () => redis.disconnect(),
  }
}
