import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { lockMs, type OperationQueue, openQueue, queueNameOf } from './queue.ts'
import { openRedis } from './redis.ts'
import { poll } from './test/agent-process.ts'
import { startRedis, type TestRedis } from './test/redis.ts'
import { shareRedis } from './test/shared-redis.ts'

const releases: (() => unknown)[] = []
afterAll(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})
const shared = shareRedis('queue')

/** A queue of a group of its own. */
async function open(group: string): Promise<OperationQueue> {
  const isUp = withResolver()
  const address = { redisUrl: shared.server.url, prefix: 'test', group }
  const queue = openQueue(address, { onUp: isUp.resolve, onDown: () => undefined })
  releases.push(() => queue.close())
  await isUp.promise
  return queue
}

/** What a runner would see: jobs are taken one by one with a token. */
function workerOf(group: string): Worker {
  const worker = new Worker(queueNameOf(group), null, { connection: shared.redis, prefix: 'test' })
  releases.push(() => worker.close())
  return worker
}

async function taken(worker: Worker, token: string): Promise<Job> {
  const job = await worker.getNextJob(token, { block: false })
  if (job === undefined) throw new Error('there is no job')
  return job
}

function withResolver() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>(given => {
    resolve = given
  })
  return { promise, resolve }
}

describe('the queue', () => {
  test('takes the same run id for the same job', async () => {
    const queue = await open('twice')

    await queue.submit('r', { operation: 'first' })
    await queue.submit('r', { operation: 'second' })

    expect(await queue.waiting()).toBe(1)
    expect((await taken(workerOf('twice'), 't')).data).toEqual({ operation: 'first' })
  })

  test('knows since when the job at its head waits', async () => {
    const queue = await open('head')
    const empty = await queue.headSubmittedAt()
    const before = Date.now()
    await queue.submit('first', { operation: 'x' })
    const after = Date.now()
    await poll(
      async () => Date.now(),
      now => now > after,
    )
    await queue.submit('second', { operation: 'x' })

    const head = await queue.headSubmittedAt()
    await taken(workerOf('head'), 't')
    const next = await queue.headSubmittedAt()

    expect(empty).toBeUndefined()
    expect(head).toBeGreaterThanOrEqual(before)
    expect(head).toBeLessThanOrEqual(after)
    expect(next).toBeGreaterThan(after)
  })

  test.each(['active', 'wait', 'id', 'meta', 'events', '4711'])('is not disturbed by a run called %s', async runId => {
    const queue = await open(`called-${runId}`)

    const jobId = await queue.submit(runId, { operation: 'x' })
    const job = await taken(workerOf(`called-${runId}`), 't')
    await job.moveToCompleted({ status: 'success' }, 't', false)

    expect(await queue.fateOf(jobId)).toEqual({ state: 'completed', result: { status: 'success' } })
  })

  test('tells what became of a job', async () => {
    const queue = await open('fates')
    const worker = workerOf('fates')
    const jobIds: string[] = []
    for (const runId of ['a', 'b', 'c', 'd']) jobIds.push(await queue.submit(runId, { operation: 'x' }))
    await (await taken(worker, 't')).moveToCompleted({ status: 'success' }, 't', false)
    await (await taken(worker, 't')).moveToFailed(new UnrecoverableError('NETWORK: away'), 't', false)
    await taken(worker, 't')

    const fates = await Promise.all([...jobIds, 'none'].map(jobId => queue.fateOf(jobId)))

    expect(fates).toEqual([
      { state: 'completed', result: { status: 'success' } },
      { state: 'failed', reason: 'NETWORK: away' },
      { state: 'active' },
      { state: 'waiting' },
      { state: 'gone' },
    ])
  })

  test('counts a job that waits for its next attempt', async () => {
    const queue = await open('delayed')
    const jobId = await queue.submit('r', { operation: 'x' })
    const job = await taken(workerOf('delayed'), 't')

    await job.moveToFailed(new Error('NETWORK: away'), 't', false)

    expect(await queue.waiting()).toBe(1)
    expect(await queue.fateOf(jobId)).toEqual({ state: 'waiting' })
  })

  test('takes out a job that waits, not one that somebody works on', async () => {
    const queue = await open('remove')
    const active = await queue.submit('a', { operation: 'x' })
    await taken(workerOf('remove'), 't')
    const waits = await queue.submit('b', { operation: 'x' })

    const removed = await Promise.all([active, waits, 'none'].map(jobId => queue.remove(jobId)))

    expect(removed).toEqual([false, true, false])
    expect(await queue.fateOf(waits)).toEqual({ state: 'gone' })
    expect(await queue.fateOf(active)).toEqual({ state: 'active' })
  })

  test('takes out a job that a drained runner is giving back', async () => {
    const queue = await open('given-back')
    const jobId = await queue.submit('r', { operation: 'x' })
    await taken(workerOf('given-back'), 'drained')

    const removing = queue.remove(jobId)
    // By now the first look has found it locked.
    for (let trip = 1; trip <= 5; trip += 1) await shared.redis.ping()
    await queue.handBack(jobId, 'drained')

    expect([await removing, await queue.fateOf(jobId)]).toEqual([true, { state: 'gone' }])
  })

  test('puts the job of a dead runner back to the front, but only with the right token', async () => {
    const queue = await open('back')
    const worker = workerOf('back')
    const first = await queue.submit('first', { operation: 'x' })
    await queue.submit('second', { operation: 'x' })
    await taken(worker, 'dead')

    const refused = await queue.handBack(first, 'other').catch((error: unknown) => error)
    const before = await queue.fateOf(first)
    await queue.handBack(first, 'dead')

    expect(refused).toBeInstanceOf(Error)
    expect(before).toEqual({ state: 'active' })
    expect((await taken(worker, 'next')).id).toBe(first)
  })

  test('renews the hold on a job, but only with the right token', async () => {
    const queue = await open('hold')
    const jobId = await queue.submit('held', { operation: 'x' })
    await taken(workerOf('hold'), 'holder')
    const [lock = ''] = await shared.redis.keys('*hold*:lock')
    await shared.redis.pexpire(lock, 1_000)

    await queue.renew(jobId, 'other').catch(() => undefined)
    const untouched = await shared.redis.pttl(lock)
    await queue.renew(jobId, 'holder')

    expect(untouched).toBeLessThanOrEqual(1_000)
    expect(await shared.redis.pttl(lock)).toBeGreaterThan(lockMs - 5_000)
  })

  test('lets a job that waits for its next attempt be taken at once', async () => {
    const queue = await open('hurry')
    const worker = workerOf('hurry')
    const jobId = await queue.submit('slow', { operation: 'x' })
    const job = await taken(worker, 'first')
    await job.moveToFailed(new Error('away'), 'first')
    const before = await queue.fateOf(jobId)

    await queue.hurry(jobId)

    expect(before).toEqual({ state: 'waiting' })
    expect((await taken(worker, 'second')).id).toBe(jobId)
  })

  test('hands back nothing when the job is gone', async () => {
    await expect((await open('nothing')).handBack('none', 't')).resolves.toBeUndefined()
  })

  test('carries a request to cancel to the agents of its group only', async () => {
    const [asking, hearing, other] = [await open('one'), await open('one'), await open('two')]
    const heard: string[] = []
    hearing.onCancelAsked(runId => heard.push(runId))
    other.onCancelAsked(runId => heard.push(`two ${runId}`))

    await poll(
      async () => {
        await asking.askToCancel('r')
        return heard
      },
      runs => runs.length > 0,
    )

    expect(new Set(heard)).toEqual(new Set(['r']))
  })

  test('hears requests to cancel after Redis was away, and fails at once while it is', async () => {
    const queue = await open('restart')
    const heard: string[] = []
    queue.onCancelAsked(runId => heard.push(runId))
    await shared.server.kill()

    const refused = await poll(
      () => queue.waiting().catch((error: unknown) => error),
      answer => answer instanceof Error,
    )
    await shared.server.start()
    await poll(
      async () => {
        await queue.askToCancel('r').catch(() => undefined)
        return heard
      },
      runs => runs.length > 0,
    )

    expect(refused).toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(heard[0]).toBe('r')
  })
})

describe('the watcher of the queue', () => {
  let watched: TestRedis
  let told: string[]
  let queue: OperationQueue
  beforeEach(async () => {
    watched = await startRedis()
    told = []
    const address = { redisUrl: watched.url, prefix: 'agent', group: 'default' }
    queue = openQueue(address, { onUp: () => told.push('up'), onDown: () => told.push('down') })
    await toldOf('up')
  })
  afterEach(async () => {
    await queue.close()
    await watched.close()
  })

  function toldOf(change: string): Promise<boolean> {
    return poll(
      async () => told.includes(change),
      isTold => isTold,
    )
  }

  test('tells when Redis goes', async () => {
    await watched.kill()

    await toldOf('down')

    expect(told).toEqual(['up', 'down'])
  })

  test('does not take its own end for a loss of Redis', async () => {
    const other = openRedis(watched.url, 'request')
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
