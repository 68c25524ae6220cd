import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { type OperationQueue, openQueue, type QueueAddress, queueNameOf } from './queue.ts'
import { openRedis } from './redis.ts'
import { poll } from './test/agent-process.ts'
import { startRedis, type TestRedis } from './test/redis.ts'

let redis: TestRedis
let address: QueueAddress
let queue: OperationQueue
let worker: Worker
let connection: Redis
beforeAll(async () => {
  redis = await startRedis()
  address = { redisUrl: redis.url, prefix: 'agent', group: 'default' }
  queue = openQueue(address, { onUp: () => undefined, onDown: () => undefined })
  connection = openRedis(redis.url, 'queue')
  worker = new Worker(queueNameOf('default'), null, { connection, prefix: 'agent' })
  await poll(
    () => queue.waiting().catch(() => -1),
    waiting => waiting === 0,
  )
})
afterAll(async () => {
  await Promise.all([worker.close(), queue.close()])
  connection.disconnect()
  await redis.close()
})

describe('remove', () => {
  test('takes out a job that nobody holds', async () => {
    await queue.submit('free', { operation: 'x' })

    const removed = await queue.remove('free')

    expect([removed, await queue.fateOf('free')]).toEqual([true, { state: 'gone' }])
  })

  test('leaves a job to whoever works on it', async () => {
    await queue.submit('held', { operation: 'x' })
    await worker.getNextJob('holder', { block: false })

    const removed = await queue.remove('held')

    expect([removed, await queue.fateOf('held')]).toEqual([false, { state: 'active' }])
    await queue.handBack('held', 'holder')
    await queue.remove('held')
  })

  test('waits for a job that a drained runner is giving back', async () => {
    await queue.submit('given-back', { operation: 'x' })
    await worker.getNextJob('holder', { block: false })

    const removing = queue.remove('given-back')
    for (let trip = 1; trip <= 5; trip += 1) await connection.ping()
    await queue.handBack('given-back', 'holder')

    expect([await removing, await queue.fateOf('given-back')]).toEqual([true, { state: 'gone' }])
  })

  test('finds nothing to do for a job that is gone', async () => {
    expect(await queue.remove('never')).toBe(false)
  })
})
