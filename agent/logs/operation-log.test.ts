import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { noCounts } from '../run/status.ts'
import { createOperationLogs, type NewRun, type OperationLogs } from './operation-log.ts'
import { createRedactor } from './redact.ts'
import { type LogStore, openLogStore } from './store.ts'

let directory: string
let store: LogStore
let logs: OperationLogs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor(['planted', '4711']))
})
afterEach(async () => {
  store.close()
  await rm(directory, { recursive: true, force: true })
})

function add(runId: string, more: Partial<NewRun> = {}): void {
  logs.open({ runId, jobId: `job-${runId}`, operation: 'ids', agent: 'a', submittedAt: 1_000, ...more })
}

const idsOf = (runs: readonly { readonly runId: string }[]) => runs.map(({ runId }) => runId)

describe('a run', () => {
  test('begins as submitted, with nothing counted', () => {
    add('r', { requestedBy: 'me', replayOf: 'q', parent: { runId: 'p', operation: 'all' } })

    expect(logs.run('r')).toEqual({
      runId: 'r',
      cursor: 1,
      operation: 'ids',
      status: 'submitted',
      agent: 'a',
      requestedBy: 'me',
      replayOf: 'q',
      parent: { runId: 'p', operation: 'all' },
      submittedAt: '1970-01-01T00:00:01.000Z',
      attempt: 0,
      counts: noCounts(),
    })
    expect(logs.jobOf('r')).toBe('job-r')
  })

  test('stays as it is when it is opened again', () => {
    add('r')
    logs.change('r', { status: 'running' })

    add('r', { operation: 'other' })

    expect(logs.run('r')).toMatchObject({ operation: 'ids', status: 'running' })
    expect(logs.list({ limit: 9 })).toHaveLength(1)
  })

  test('changes only what a change names', () => {
    add('r')
    const counts = { read: 6, filtered: 1, written: 2, unchanged: 1, rejected: 1, unknown: 1 }
    logs.change('r', { status: 'running', startedAt: 2_000, counts, total: 9, source: 's 1', attempt: 2 })

    logs.change('r', { endedAt: 5_000, status: 'error', error: { code: 'NETWORK', message: 'planted is away' } })

    expect(logs.run('r')).toMatchObject({
      status: 'error',
      attempt: 2,
      counts,
      total: 9,
      source: 's 1',
      durationMs: 3_000,
      error: { code: 'NETWORK', message: '******** is away' },
    })
  })

  test('keeps its job, less the secrets', () => {
    add('r')
    expect(logs.keptJob('r')).toBeUndefined()

    logs.change('r', { job: { operation: 'ids', variables: { key: 'planted' } } })

    expect(logs.keptJob('r')).toEqual({ job: { operation: 'ids', variables: { key: '********' } }, isMasked: true })
  })

  test('keeps its final status', () => {
    add('r')
    logs.change('r', { status: 'canceled', endedAt: 5_000 })

    const isChanged = logs.change('r', { status: 'success', counts: { ...noCounts(), read: 9 } })

    expect(isChanged).toBe(false)
    expect(logs.run('r')).toMatchObject({ status: 'canceled', counts: { read: 0 } })
  })

  test.each<readonly [string, () => unknown]>([
    ['run', () => logs.run('none')],
    ['change', () => logs.change('none', {})],
    ['jobOf', () => logs.jobOf('none')],
    ['messages', () => logs.messages('none', 0, 1)],
  ])('that is not known makes %s throw', (_name, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }))
    expect(logs.find('none')).toBeUndefined()
  })
})

describe('list', () => {
  test('pages from the newest back, steady while runs arrive', () => {
    for (const runId of ['a', 'b', 'c', 'd', 'e']) add(runId)
    const first = logs.list({ limit: 2 })
    add('f')
    add('g')

    const second = logs.list({ limit: 2, before: first.at(-1)?.cursor ?? 0 })
    const third = logs.list({ limit: 2, before: second.at(-1)?.cursor ?? 0 })

    expect([first, second, third].map(idsOf)).toEqual([['e', 'd'], ['c', 'b'], ['a']])
  })

  test('never gives the cursor of a deleted run again', () => {
    add('a')
    logs.change('a', { status: 'success', endedAt: 1 })
    const { cursor } = logs.run('a')
    logs.deleteEndedBefore(2, 9)

    add('b')

    expect(logs.run('b').cursor).toBeGreaterThan(cursor)
  })

  test.each([
    [{ operation: 'ids' }, ['c', 'a']],
    [{ status: 'error' as const }, ['c', 'b']],
    [{ operation: 'ids', status: 'error' as const }, ['c']],
    [{ operation: 'ids', before: 3 }, ['a']],
    [{ operation: 'IDS' }, []],
  ])('of %j gives %j', (query, expected) => {
    add('a')
    add('b', { operation: 'others' })
    add('c')
    logs.change('b', { status: 'error', endedAt: 1 })
    logs.change('c', { status: 'error', endedAt: 1 })

    expect(idsOf(logs.list({ limit: 10, ...query }))).toEqual(expected)
  })

  test('counts by status', () => {
    for (const runId of ['a', 'b', 'c']) add(runId)
    logs.change('c', { status: 'running' })

    expect(logs.countByStatus()).toEqual({ submitted: 2, running: 1 })
  })

  test('knows the unfinished, oldest first', () => {
    for (const runId of ['a', 'b', 'c', 'd']) add(runId)
    logs.change('a', { status: 'success', endedAt: 1 })
    logs.change('b', { status: 'cancel-requested' })

    expect(logs.unfinished(0, 2)).toEqual([
      { runId: 'b', jobId: 'job-b', cursor: 2, status: 'cancel-requested' },
      { runId: 'c', jobId: 'job-c', cursor: 3, status: 'submitted' },
    ])
  })

  test('forgets what ended before a moment, with all that was told of it, and nothing else', () => {
    for (const runId of ['old', 'new', 'running']) add(runId)
    for (const runId of ['old', 'new']) logs.tell(runId, 'info', 'hello')
    logs.keep('old', [{ number: 1, status: 'unknown', message: 'm', isRetryable: false, stage: 'target', record: {} }])
    logs.change('old', { status: 'success', endedAt: 1_000 })
    logs.change('new', { status: 'success', endedAt: 2_000 })

    const deleted = logs.deleteEndedBefore(2_000, 9)

    expect(deleted).toBe(1)
    expect(idsOf(logs.list({ limit: 9 }))).toEqual(['running', 'new'])
    expect(store.prepare('SELECT run_id FROM messages').pluck().all()).toEqual(['new'])
    expect(logs.unsettled('old', 0, 9)).toEqual([])
  })
})

describe('messages', () => {
  test('are paged by their number, each run on its own', () => {
    add('a')
    add('b')
    for (const text of ['one', 'two', 'three']) {
      logs.tell('a', 'info', text)
      logs.tell('b', 'warning', `b ${text}`, 'NETWORK')
    }

    const first = logs.messages('a', 0, 2)
    const second = logs.messages('a', first.at(-1)?.seq ?? 0, 2)

    expect([first, second].map(page => page.map(({ message }) => message))).toEqual([['one', 'two'], ['three']])
    expect(logs.messages('b', 0, 1)).toMatchObject([{ level: 'warning', message: 'b one', code: 'NETWORK' }])
  })

  test('are masked', () => {
    add('a')

    logs.tell('a', 'info', 'the token is planted')

    expect(logs.messages('a', 0, 1)[0]?.message).toBe('the token is ********')
  })
})

describe('a store of two processes', () => {
  test('takes what both write at the same time', async () => {
    const script = join(directory, 'writer.mjs')
    const from = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href)
    await writeFile(
      script,
      `import { openLogStore } from ${from('store.js')}
import { createOperationLogs } from ${from('operation-log.js')}
import { createRedactor } from ${from('redact.js')}
const logs = createOperationLogs(openLogStore(${JSON.stringify(join(directory, 'agent.db'))}), createRedactor())
for (let number = 1; number <= 300; number += 1) {
  const runId = 'theirs' + number
  logs.open({ runId, jobId: runId, operation: 'ids', agent: 'b', submittedAt: 1 })
  logs.change(runId, { status: 'running' })
  logs.tell(runId, 'info', 'hello')
  if (number === 1) process.stdout.write('begun')
}
`,
    )
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'close')
    await once(child.stdout, 'data')

    for (let number = 1; number <= 300; number += 1) {
      add(`ours${number}`)
      logs.change(`ours${number}`, { status: 'received' })
      logs.tell(`ours${number}`, 'info', 'hello')
    }
    const [exitCode] = await ended

    expect(exitCode).toBe(0)
    expect(logs.countByStatus()).toEqual({ running: 300, received: 300 })
    expect(store.prepare('SELECT count(*) FROM messages').pluck().get()).toBe(600)
  })
})

describe('related', () => {
  test('tells the children and the replays of a run, the newest first, and how many of each status', () => {
    add('p')
    for (let number = 1; number <= 22; number += 1) add(`c${number}`, { parent: { runId: 'p' } })
    add('again', { replayOf: 'p', operation: 'other' })
    logs.change('c1', { status: 'error', endedAt: 2_000 })

    const { children, replays } = logs.related('p')

    expect(children).toMatchObject({ count: 22, byStatus: { submitted: 21, error: 1 } })
    expect(children?.runs).toHaveLength(20)
    expect(children?.runs[0]).toEqual({ runId: 'c22', operation: 'ids', status: 'submitted' })
    expect(replays).toEqual({
      count: 1,
      byStatus: { submitted: 1 },
      runs: [{ runId: 'again', operation: 'other', status: 'submitted' }],
    })
  })

  test('tells nothing of a run that stands alone', () => {
    add('p')

    expect(logs.related('p')).toEqual({})
  })
})
