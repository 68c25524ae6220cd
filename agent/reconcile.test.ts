import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AgentError } from './errors.ts'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import type { JobFate } from './queue.ts'
import { endFrom, reconcile } from './reconcile.ts'
import type { RunStatus } from './run/status.ts'

describe('endFrom', () => {
  test.each<readonly [JobFate, RunStatus, object | undefined]>([
    [{ state: 'waiting' }, 'submitted', undefined],
    [{ state: 'active' }, 'running', undefined],
    [{ state: 'active' }, 'cancel-requested', undefined],
    [{ state: 'completed', result: { status: 'success-with-warning' } }, 'running', { status: 'success-with-warning' }],
    [{ state: 'completed', result: { status: 'splendid' } }, 'running', { status: 'success' }],
    [{ state: 'completed', result: null }, 'running', { status: 'success' }],
    [{ state: 'failed', reason: 'RUN_CANCELED: on request' }, 'running', { status: 'canceled', code: 'RUN_CANCELED' }],
    [
      { state: 'failed', reason: 'NETWORK: the store: reset\nby peer' },
      'running',
      { status: 'error', code: 'NETWORK', message: 'the store: reset\nby peer' },
    ],
    [
      { state: 'failed', reason: 'job stalled more than allowable limit' },
      'running',
      { status: 'error', code: 'RUN_INTERRUPTED', message: 'job stalled more than allowable limit' },
    ],
    [{ state: 'gone' }, 'cancel-requested', { status: 'canceled' }],
    [{ state: 'gone' }, 'running', { status: 'error', code: 'RUN_INTERRUPTED' }],
  ])('of %j for a run that is %s', (fate, status, expected) => {
    const end = endFrom(fate, { runId: 'r', jobId: 'j', cursor: 1, status })

    expect(end).toEqual(expected === undefined ? undefined : expect.objectContaining(expected))
  })
})

describe('reconcile', () => {
  let directory: string
  let store: LogStore
  let logs: OperationLogs
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'store-'))
    store = openLogStore(join(directory, 'agent.db'))
    logs = createOperationLogs(store, createRedactor())
    for (const runId of ['lives', 'gone', 'held']) {
      logs.open({ runId, jobId: `job-${runId}`, operation: 'ids', agent: 'a', submittedAt: 1_000 })
    }
  })
  afterEach(async () => {
    store.close()
    await rm(directory, { recursive: true, force: true })
  })

  const fates: { readonly [jobId: string]: JobFate } = { 'job-lives': { state: 'waiting' } }
  const fateOf = async (jobId: string): Promise<JobFate> => fates[jobId] ?? { state: 'gone' }
  const remove = async () => false

  test('takes a job out of the queue whose cancel came while a drained runner was giving it back', async () => {
    const removed: string[] = []
    logs.change('lives', { status: 'cancel-requested' })

    await reconcile({
      logs,
      queue: {
        fateOf,
        async remove(jobId) {
          removed.push(jobId)
          return true
        },
      },
      isHeld: runId => runId !== 'lives',
    })

    expect(removed).toEqual(['job-lives'])
    expect(logs.run('lives').status).toBe('canceled')
  })

  test('ends only what nobody else will end, and says why', async () => {
    await reconcile({ logs, queue: { fateOf, remove }, isHeld: runId => runId === 'held' })

    expect(['lives', 'gone', 'held'].map(runId => logs.run(runId).status)).toEqual(['submitted', 'error', 'submitted'])
    expect(logs.run('gone')).toMatchObject({ error: { code: 'RUN_INTERRUPTED' }, endedAt: expect.any(String) })
    expect(logs.messages('gone', 0, 9)).toMatchObject([{ level: 'error', code: 'RUN_INTERRUPTED' }])
  })

  test('leaves a run alone that a runner took while the queue was asked', async () => {
    const taken = new Set<string>()

    await reconcile({
      logs,
      queue: {
        async fateOf(jobId) {
          taken.add(jobId.replace('job-', ''))
          return { state: 'gone' }
        },
        remove,
      },
      isHeld: runId => taken.has(runId),
    })

    expect(logs.unfinished(0, 9)).toHaveLength(3)
  })

  test('does not overwrite how a run ended while the queue was asked', async () => {
    await reconcile({
      logs,
      queue: {
        async fateOf(jobId) {
          logs.change(jobId.replace('job-', ''), { status: 'success', endedAt: 2_000 })
          return { state: 'gone' }
        },
        remove,
      },
      isHeld: () => false,
    })

    expect(logs.countByStatus()).toEqual({ success: 3 })
    expect(logs.messages('gone', 0, 9)).toEqual([])
  })

  test('ends nothing while Redis is away', async () => {
    const away = new AgentError('REDIS_UNAVAILABLE', 'away')

    await expect(
      reconcile({ logs, queue: { fateOf: () => Promise.reject(away), remove }, isHeld: () => false }),
    ).rejects.toBe(away)

    expect(logs.unfinished(0, 9)).toHaveLength(3)
  })

  test('comes to every run, however many before it still wait', async () => {
    const queue = {
      fateOf: async (jobId: string) => (jobId === 'job-held' ? { state: 'gone' } : { state: 'waiting' }) as JobFate,
      remove,
    }
    const isHeld = () => false

    const looked = await reconcile({ logs, queue, isHeld, atOnce: 2 })
    await reconcile({ logs, queue, isHeld, atOnce: 2, after: looked })

    expect(logs.run('held').status).toBe('error')
  })

  test('begins again with the oldest after the newest', async () => {
    const queue = { fateOf: async () => ({ state: 'waiting' }) as JobFate, remove }
    const isHeld = () => false

    const looked = await reconcile({ logs, queue, isHeld, atOnce: 2 })
    const again = await reconcile({ logs, queue, isHeld, atOnce: 2, after: looked })

    expect([looked, again]).toEqual([logs.run('gone').cursor, 0])
  })
})
