import { AgentError, toError } from './errors.ts'
import { openRedis } from './redis.ts'
import { type PacedAccount, readPacing } from './run/pacing/overview.ts'

/** How requests are paced now, for people. */
export interface PacingOverview {
  /** Throws REDIS_UNAVAILABLE. */
  accounts(): Promise<readonly PacedAccount[]>
  close(): void
}

/** Opens a connection of its own; does not wait for Redis. */
export function openPacingOverview({ url, prefix }: { readonly url: string; readonly prefix: string }): PacingOverview {
  const redis = openRedis(url, 'request')
  return {
    async accounts() {
      if (redis.status !== 'ready') throw new AgentError('REDIS_UNAVAILABLE', 'redis cannot be reached')
      try {
        return await readPacing(redis, prefix)
      } catch (thrown) {
        const cause = toError(thrown)
        throw new AgentError('REDIS_UNAVAILABLE', `redis does not answer: ${cause.message}`, { cause })
      }
    },
    close: () => redis.disconnect(),
  }
}
