import type { Redis } from 'ioredis'
import { readSetLevels, type SetLevel } from './set-levels.ts'
import { createTimedHash, type TimedHash } from './timed-hash.ts'

/** Levels set for all agents of a group. */
export type GroupLevels = TimedHash<SetLevel>

/** Levels in the hash `<prefix>:levels:<group>`, one field for each logger. */
export function createGroupLevels(redis: Redis, prefix: string, group: string): GroupLevels {
  return createTimedHash(redis, `${prefix}:levels:${group}`, readSetLevels)
}
