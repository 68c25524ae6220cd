import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Redis } from 'ioredis'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import { openProject } from './project/project.ts'
import { type OperationQueue, openQueue } from './queue.ts'
import { openRedis } from './redis.ts'
import { createReplayControl } from './replay-control.ts'
import { createReplayStore, type ReplayStore } from './run/replay.ts'
import { startRedis, type TestRedis } from './test/redis.ts'

let server: TestRedis
let redis: Redis
let queue: OperationQueue
let replays: ReplayStore
beforeAll(async () => {
  server = await startRedis()
  redis = openRedis(server.url, 'request')
  await new Promise<void>(resolve => {
    const watcher = { onUp: resolve, onDown: () => undefined }
    queue = openQueue({ redisUrl: server.url, prefix: 'test', group: 'g' }, watcher)
  })
  replays = createReplayStore(redis, 'test')
})
afterAll(async () => {
  await queue.close()
  redis.disconnect()
  await server.close()
})

const inline = {
  source: { connection: { connector: 'variable' }, activity: 'Read' },
  target: { connection: { connector: 'variable' }, activity: 'Write' },
}

let directory: string
let store: LogStore
let logs: OperationLogs
let control: ReturnType<typeof createReplayControl>
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replay-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor(['planted']))
  control = createReplayControl({ agent: 'a', logs, queue, replays, project: openProject(directory) })
})
afterEach(async () => {
  store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A run that has ended with two rejected records; its job is in the queue, or kept, or nowhere. */
async function endedRun(runId: string, job: { readonly queued?: boolean; readonly kept?: object } = {}): Promise<void> {
  const jobId = job.queued === true ? await queue.submit(runId, { operation: inline, requestedBy: 'her' }) : 'gone'
  logs.open({ runId, jobId, operation: 'inline', agent: 'a', submittedAt: 1 })
  const cause = { code: 'X', message: 'no', isRetryable: false }
  logs.keep(runId, [
    { number: 2, status: 'rejected', ...cause, stage: 'target', record: { id: 2 } },
    { number: 9, status: 'rejected', ...cause, stage: 'source', record: { id: 9 } },
  ])
  logs.change(runId, { status: 'success-with-warning', endedAt: 5, ...(job.kept && { job: job.kept }) })
}

describe('replay', () => {
  test('submits the same job with the records instead of the source', async () => {
    await endedRun('first', { queued: true })

    const { run, records } = await control.replay(
      'first',
      { runId: 'second', requestedBy: 'me' },
      { via: 'cli', address: '::1' },
    )

    expect(records).toBe(2)
    expect(run).toMatchObject({ runId: 'second', replayOf: 'first', status: 'submitted', requestedBy: 'me', total: 2 })
    expect(await queue.dataOf(logs.jobOf('second'))).toEqual({
      operation: inline,
      requestedBy: 'me',
      runId: 'second',
      replayOf: { runId: 'first', records: 2, chunks: 1 },
      submittedFrom: { via: 'cli', address: '::1', agent: expect.any(String) },
    })
    expect(await replays.chunk('second', 0)).toEqual([
      { stage: 'target', record: { id: 2 } },
      { stage: 'source', record: { id: 9 } },
    ])
  })

  test('takes each record once, also when it is asked twice at the same time', async () => {
    await endedRun('raced', { queued: true })

    const answers = await Promise.allSettled([control.replay('raced', {}), control.replay('raced', {})])

    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(control.replay('raced', {})).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
  })

  test('is one run when the same id is sent twice', async () => {
    await endedRun('twice', { queued: true })
    const first = await control.replay('twice', { runId: 'mine' })

    expect(await control.replay('twice', { runId: 'mine' })).toEqual(first)
    await expect(control.replay('twice', { runId: 'twice' })).rejects.toMatchObject({ code: 'RUN_ID_TAKEN' })
  })

  test.each<[string, object, string]>([
    ['whose job is gone', {}, 'gone from the queue'],
    ['whose variables held a secret', { kept: { operation: 'o', variables: { key: 'planted' } } }, 'held secrets'],
    ['whose operation is gone', { kept: { operation: 'no more' } }, 'no more'],
  ])('refuses a run %s', async (what, job, told) => {
    await endedRun(`refused-${what.replaceAll(' ', '-')}`, job)

    await expect(control.replay(`refused-${what.replaceAll(' ', '-')}`, {})).rejects.toThrow(told)
  })

  test('waits for the end of the run', async () => {
    logs.open({ runId: 'early', jobId: 'j', operation: 'o', agent: 'a', submittedAt: 1 })

    await expect(control.replay('early', {})).rejects.toThrow('has not ended yet: submitted')
  })
})
