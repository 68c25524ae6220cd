import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { AgentError } from '../errors.ts'
import type { OperationLogs } from '../logs/operation-log.ts'
import type { LogStore } from '../logs/store.ts'
import { poll } from '../test/agent-process.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { type RunParts, runOperation } from './run.ts'
import { createRunBench, type RunBench, type RunPlan } from './run-bench.ts'
import { noCounts } from './status.ts'

/** A connector that does what its options say. */
const source = `import { appendFileSync, existsSync } from 'node:fs'
const fail = ({ code, message, retryable = false }) => {
  if (code === undefined) throw new Error(message)
  throw Object.assign(new Error(message), { name: 'ConnectorError', code, retryable })
}
export default {
  name: 'puppet', version: '1.0.0', settings: { type: 'object' },
  connect: async () => ({ close: async () => undefined }),
  activities: {
    Read: {
      role: 'source', options: { type: 'object' },
      async *read(_connection, { records = [], failure, hangs }, _from, { signal }) {
        if (records.length > 0) yield { records, position: 1 }
        if (failure !== undefined) fail(failure)
        if (hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    },
    Write: {
      role: 'target', options: { type: 'object' }, batchSize: () => 2,
      async write(_connection, batch, { file, outcomes = {}, waits }, { signal }) {
        for (const { id } of batch) appendFileSync(file, id + '\\n')
        while (waits && !existsSync(file + '.go')) {
          signal.throwIfAborted()
          await new Promise(setImmediate)
        }
        return batch.map(({ id }) => outcomes[id] ?? { status: 'written' })
      },
      async finish(_connection, { file }) { appendFileSync(file, 'end\\n') },
    },
  },
}
`
const records = [{ id: 1 }, { id: 2 }]

const shared = shareRedis()

let bench: RunBench
let directory: string
let store: LogStore
let logs: OperationLogs
let parts: RunParts
beforeEach(async () => {
  bench = await createRunBench(shared.redis, source, { records })
  ;({ directory, store, parts } = bench)
  logs = parts.logs
})
afterEach(() => bench.close())

const run = (plan: RunPlan = {}) => bench.run(plan)
const written = () => bench.written()

describe('runOperation', () => {
  test('writes its log from beginning to end', async () => {
    const end = await run({ job: { requestedBy: 'me', parent: { runId: 'p', operation: 'all' } } })

    expect(end).toEqual({ status: 'success', counts: { ...noCounts(), read: 2, written: 2 } })
    expect(await written()).toBe('1\n2\nend\n')
    expect(logs.run('r')).toMatchObject({ status: 'success', agent: 'tester', attempt: 1, requestedBy: 'me' })
    expect(logs.run('r').parent).toEqual({ runId: 'p', operation: 'all' })
    expect(logs.messages('r', 0, 9).map(({ message }) => message)).toEqual([
      'received by agent tester',
      expect.stringContaining('(puppet 1.0.0); target: Write over'),
      expect.stringMatching(/^success: read 2 in \d+\.\d s: 2 written$/),
    ])
  })

  test.each([
    [{}, 'success'],
    [{ 1: { status: 'unchanged' } }, 'success'],
    [{ 1: { status: 'written', warning: 'the name was cut' } }, 'success-with-info'],
    [{ 1: { status: 'rejected', code: 'X', message: 'no', retryable: false } }, 'success-with-warning'],
    [{ 1: { status: 'unknown', message: 'who knows' } }, 'success-with-warning'],
  ])('with the outcomes %j ends in %s', async (outcomes, status) => {
    const { counts, status: ended } = await run({ write: { outcomes } })

    expect(ended).toBe(status)
    expect(counts.read).toBe(counts.written + counts.unchanged + counts.rejected + counts.unknown)
  })

  test('tells why records were not written, the first ones each and of the rest how many', async () => {
    const many = Array.from({ length: 23 }, (_, index) => ({ id: index + 1 }))
    const refused = { status: 'rejected', code: 'NAME_TAKEN', message: 'planted is taken', retryable: false }
    const outcomes = Object.fromEntries(many.map(({ id }) => [id, refused]))

    await run({
      read: { records: many },
      write: { outcomes: { ...outcomes, 2: { status: 'unknown', message: 'lost' } } },
    })

    const told = logs.messages('r', 0, 99).filter(({ level }) => level === 'warning')
    expect(told).toHaveLength(21)
    expect(told[0]).toMatchObject({ code: 'NAME_TAKEN', message: 'record 1 rejected: ******** is taken' })
    expect(told[1]).toMatchObject({ message: 'record 2 in doubt: lost' })
    expect(told.at(-1)).toMatchObject({ message: '3 more rejected or unknown records are not shown' })
  })

  test.each([
    [{ continueOnError: false }, 1, 4],
    [{ stopAfterRejected: 2 }, 2, 4],
    [{ stopAfterRejectedPercent: 50 }, 3, 6],
  ])('ends in error when the rule %j strikes: %i rejected of %i', async (job, rejected, read) => {
    const six = [1, 2, 3, 4, 5, 6].map(id => ({ id }))
    const refused = { status: 'rejected', code: 'NAME_TAKEN', message: 'taken', retryable: false }
    const outcomes = rejected === 1 ? { 4: refused } : { 1: refused, 4: refused, 5: refused }

    const end = await run({ read: { records: six }, write: { outcomes }, job })

    expect(end).toMatchObject({ status: 'error', error: { code: 'TOO_MANY_REJECTED' } })
    expect(end.counts).toEqual({ ...noCounts(), read, rejected, written: read - rejected })
    expect(await written()).toBe(
      six
        .slice(0, read)
        .map(({ id }) => `${id}\n`)
        .join(''),
    )
  })

  test.each([
    ['a failure that passes', { code: 'NETWORK', retryable: true }, true, 'pending'],
    ['the same at the last attempt', { code: 'NETWORK', retryable: true }, false, 'error'],
    ['a failure that stays', { code: 'NOT_FOUND' }, true, 'error'],
    ['a failure nobody foresaw', {}, true, 'error'],
  ])('after %s is %j, canRetry %s: %s', async (_what, failure, canRetry, status) => {
    const end = await run({ read: { records, failure: { message: 'planted is away', ...failure } }, canRetry })

    expect(end).toMatchObject({
      status,
      error: { message: expect.stringMatching(/\*{8} is away$/) },
      counts: { written: 2 },
    })
    expect(logs.run('r').endedAt === undefined).toBe(status === 'pending')
    expect(await written()).toBe('1\n2\n')
  })

  test('calls what a connector did not foresee its fault', async () => {
    const end = await run({ read: { failure: { message: 'oops' } } })

    const message = expect.stringMatching(/^connector puppet 1\.0\.0 \(index\.js:\d+:\d+\): oops$/)
    expect(end).toMatchObject({ error: { code: 'CONNECTOR_FAULT', message } })
  })

  test.each([
    ['AGENT_STOPPING', 2],
    ['RUN_CANCELED', 2],
    ['RUN_LOST', 0],
  ] as const)('with %s counts what was on its way to the target: %i', async (code, count) => {
    const stop = new AbortController()
    const running = run({ write: { waits: true }, signal: stop.signal })
    await poll(
      () => written().catch(() => ''),
      text => text === '1\n2\n',
    )

    stop.abort(new AgentError(code, 'stop'))
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
    await writeFile(join(directory, 'out.go'), '')

    expect(await running).toMatchObject({ counts: { read: count, written: count } })
  })

  test('tells only warnings and the end with logMessages: errors, and keeps counts and records all the same', async () => {
    const outcomes = { 2: { status: 'rejected', code: 'BAD', message: 'no name', retryable: false } }

    await run({ write: { outcomes }, job: { logMessages: 'errors' } })

    expect(logs.messages('r', 0, 9).map(({ level, message }) => [level, message])).toEqual([
      ['warning', 'record 2 rejected: no name'],
      ['info', expect.stringMatching(/^success-with-warning: read 2 in .* 1 written, 1 rejected$/)],
    ])
    expect(logs.run('r').counts).toMatchObject({ written: 1, rejected: 1 })
    expect(logs.unsettled('r', 0, 9)).toHaveLength(1)
  })

  test('refuses a job that wants something else in its log', async () => {
    const { error } = await run({ job: { logMessages: 'some' } })

    expect(error).toMatchObject({ code: 'OPERATION_INVALID', message: expect.stringContaining('logMessages') })
  })

  test('goes on at the next attempt where it stood', async () => {
    const failure = { code: 'NETWORK', message: 'away', retryable: true }
    await run({ read: { records, failure } })

    const end = await run({ read: {} })

    expect(end).toEqual({ status: 'success', counts: { ...noCounts(), read: 2, written: 2 } })
    expect(await written()).toBe('1\n2\nend\n')
    expect(logs.messages('r', 0, 99).map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'received by agent tester, attempt 2',
        expect.stringContaining('goes on after 2 records'),
      ]),
    )
  })

  test.each([
    ['RUN_CANCELED', 'canceled'],
    ['AGENT_STOPPING', 'pending'],
    ['RUN_LOST', 'lost'],
  ] as const)('stops for the reason %s and is then %s', async (code, status) => {
    const stop = new AbortController()
    const running = run({ read: { records, hangs: true }, signal: stop.signal })
    setImmediate(() => stop.abort(new AgentError(code, 'stop')))

    expect((await running).status).toBe(status)
  })

  test('ends after its own time-out, not that of the agent', async () => {
    const end = await run({ read: { records, hangs: true }, job: { timeoutSeconds: 1 } })

    expect(end).toMatchObject({
      status: 'error',
      error: { code: 'RUN_TIMEOUT', message: expect.stringContaining('1 s') },
    })
  })

  test('does nothing again for a run that has ended', async () => {
    await run()

    const end = await run()

    expect(end.status).toBe('success')
    expect(await written()).toBe('1\n2\nend\n')
    expect(logs.run('r').attempt).toBe(1)
  })

  test('learns from the group that a run has ended elsewhere', async () => {
    const { fence } = await parts.checkpoints.take('r')
    await parts.checkpoints.end('r', fence, 'success-with-info')

    const end = await run()

    expect(end.status).toBe('success-with-info')
    await expect(written()).rejects.toThrow('ENOENT')
  })

  test('begins nothing that was canceled while it waited', async () => {
    logs.open({ runId: 'r', jobId: 'j', operation: 'x', agent: 'tester', submittedAt: 1 })
    logs.change('r', { status: 'cancel-requested' })

    const end = await run()

    expect(end).toMatchObject({ status: 'canceled', counts: noCounts() })
    await expect(written()).rejects.toThrow('ENOENT')
  })

  test('gives a run up that kills its runners', async () => {
    for (let take = 1; take <= 5; take += 1) await parts.checkpoints.take('r')

    expect(await run()).toMatchObject({ status: 'error', error: { code: 'RUN_INTERRUPTED' } })
  })

  test('waits for Redis instead of using up an attempt', async () => {
    await shared.server.kill()
    const running = run()
    await new Promise(resolve => shared.redis.once('reconnecting', resolve))

    await shared.server.start()

    expect((await running).status).toBe('success')
    expect(logs.run('r').attempt).toBe(1)
  })

  test.each([
    [null, 'unknown'],
    [{ operation: 5 }, 'unknown'],
    [{ operation: null }, 'unknown'],
    [{ operation: { name: { a: 1 } } }, expect.any(String)],
    [{ operation: 'x'.repeat(500), requestedBy: 'y'.repeat(500) }, 'x'.repeat(100)],
  ])('keeps a log even of the job %j', async (data, operation) => {
    const signal = new AbortController().signal

    const end = await runOperation({ runId: 'r', jobId: 'j', data, submittedAt: 1, canRetry: true }, parts, signal)

    expect(end).toMatchObject({ status: 'error' })
    expect(logs.run('r')).toMatchObject({ status: 'error', operation })
  })

  test('rejects when its log cannot be written', async () => {
    store.exec('DROP TABLE messages')

    await expect(run()).rejects.toMatchObject({ message: expect.stringContaining('no such table') })
  })
})
