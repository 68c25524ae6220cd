import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type OperationQueue, openQueue } from './queue.ts'
import { openRedis } from './redis.ts'
import { poll } from './test/agent-process.ts'
import { startRedis, type TestRedis } from './test/redis.ts'

let redis: TestRedis
let told: string[]
let queue: OperationQueue
beforeEach(async () => {
  redis = await startRedis()
  told = []
  const address = { redisUrl: redis.url, prefix: 'agent', group: 'default' }
  queue = openQueue(address, { onUp: () => told.push('up'), onDown: () => told.push('down') })
  await toldOf('up')
})
afterEach(async () => {
  await queue.close()
  await redis.close()
})

function toldOf(change: string): Promise<boolean> {
  return poll(
    async () => told.includes(change),
    isTold => isTold,
  )
}

describe('openQueue', () => {
  test('tells when Redis goes', async () => {
    await redis.kill()

    await toldOf('down')

    expect(told).toEqual(['up', 'down'])
  })

  test('does not take its own end for a loss of Redis', async () => {
    const other = openRedis(redis.url, 'request')
    await queue.close()
    await poll(
      () => other.client('LIST') as Promise<string>,
      clients => clients.trim().split('\n').length === 1,
    )
    await other.ping()
    other.disconnect()

    expect(told).toEqual(['up'])
  })
})
