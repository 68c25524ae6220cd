import { afterAll, beforeAll } from '@jest/globals'
import type { Redis } from 'ioredis'
import { openRedis } from '../redis.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** A redis-server for all tests of a file, and a connection to it. Readable from the first test on. */
export interface SharedRedis {
  readonly server: TestRedis
  readonly redis: Redis
}

/** Starts a redis-server before the tests of a file and ends it behind them. */
export function shareRedis(purpose: Parameters<typeof openRedis>[1] = 'request'): SharedRedis {
  let shared: SharedRedis | undefined
  const started = (): SharedRedis => {
    if (shared === undefined) throw new Error('redis is there while tests run, not before')
    return shared
  }
  beforeAll(async () => {
    const server = await startRedis()
    shared = { server, redis: openRedis(server.url, purpose) }
  })
  afterAll(async () => {
    shared?.redis.disconnect()
    await shared?.server.close()
  })
  return {
    get server() {
      return started().server
    },
    get redis() {
      return started().redis
    },
  }
}
