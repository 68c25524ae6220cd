import type { Redis } from 'ioredis'
import { answerAtOnce } from './redis-answers.ts'
import { type PacedAccount, readPacing } from './run/pacing/overview.ts'

/** How requests are paced now, for people. */
export interface PacingOverview {
  /** Throws REDIS_UNAVAILABLE. */
  accounts(): Promise<readonly PacedAccount[]>
}

/** The overview of all agents that share a Redis and its prefix. */
export function createPacingOverview(redis: Redis, prefix: string): PacingOverview {
  return { accounts: () => answerAtOnce(redis, () => readPacing(redis, prefix)) }
}
