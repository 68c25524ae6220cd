import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import { type OperationQueue, openQueue } from './queue.ts'
import { reconcile } from './reconcile.ts'
import { startRedis, type TestRedis } from './test/redis.ts'

let directory: string
let redis: TestRedis
let store: LogStore
let logs: OperationLogs
let queue: OperationQueue
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reconcile-'))
  redis = await startRedis()
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  queue = await connect(redis.url)
})
afterEach(async () => {
  await queue.close()
  store.close()
  await redis.close()
  await rm(directory, { recursive: true, force: true })
})

function connect(redisUrl: string): Promise<OperationQueue> {
  return new Promise(resolve => {
    const address = { redisUrl, prefix: 'agent', group: 'default' }
    const opened = openQueue(address, { onUp: () => resolve(opened), onDown: () => undefined })
  })
}

function open(runId: string): void {
  logs.open({ runId, jobId: runId, operation: 'ids', agent: 'test', submittedAt: Date.now() })
}

const isHeld = () => false

describe('reconcile', () => {
  test('closes the log of a run whose job is gone from the queue', async () => {
    open('gone')

    await reconcile({ logs, queue, isHeld })

    expect(logs.run('gone')).toMatchObject({ status: 'error', error: { code: 'RUN_INTERRUPTED' } })
  })

  test('leaves a run alone that waits in the queue', async () => {
    await queue.submit('waits', { operation: 'ids' })
    open('waits')

    await reconcile({ logs, queue, isHeld })

    expect(logs.run('waits').status).toBe('submitted')
  })

  test('comes to every run, however many before it still wait', async () => {
    const waiting = Array.from({ length: 5 }, (_, number) => `waits-${number}`)
    await Promise.all(waiting.map(runId => queue.submit(runId, { operation: 'ids' })))
    for (const runId of [...waiting, 'gone']) open(runId)

    const looked = await reconcile({ logs, queue, isHeld, atOnce: 5 })
    await reconcile({ logs, queue, isHeld, atOnce: 5, after: looked })

    expect(logs.run('gone').status).toBe('error')
  })

  test('begins again with the oldest after the newest', async () => {
    await queue.submit('waits', { operation: 'ids' })
    open('waits')

    const looked = await reconcile({ logs, queue, isHeld, atOnce: 1 })
    const again = await reconcile({ logs, queue, isHeld, atOnce: 1, after: looked })

    expect([looked, again]).toEqual([logs.run('waits').cursor, 0])
  })
})
