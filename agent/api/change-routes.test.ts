import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { createChangeFeed } from '../logs/change-feed.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createOperationLogs, type OperationLogs } from '../logs/operation-log.ts'
import { createRedactor } from '../logs/redact.ts'
import { type LogStore, openLogStore } from '../logs/store.ts'
import type { RunChanges } from '../run/changes.ts'
import { createMemoryControl } from './memory-control.ts'
import { createApi } from './server.ts'

let directory: string
let store: LogStore
let logs: OperationLogs
let feed: ReturnType<typeof createChangeFeed>
let api: ReturnType<typeof createApi>
let url: string
/** How many requests for changes have come. */
let asked: number
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'changes-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  feed = createChangeFeed(store)
  asked = 0
  const control = createMemoryControl({
    runChanges(query, signal) {
      asked += 1
      return feed.read(query, signal)
    },
  })
  const logger = createLoggers({ level: 'error', fields: {}, redactor: createRedactor(), sink: () => {} }).get('api')
  api = createApi({ control, token: 'token', version: '1.2.3', logger, heartbeatMs: 200 })
  url = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  await api.close()
  store.close()
  await rm(directory, { recursive: true, force: true })
})

function add(runId: string): void {
  logs.open({ runId, jobId: `job-${runId}`, operation: 'ids', agent: 'a', submittedAt: 1_000 })
}

async function ask(query: string, headers: { readonly [name: string]: string } = {}) {
  const answer = await request(`${url}/v1/runs?${query}`, { headers: { authorization: 'Bearer token', ...headers } })
  return { statusCode: answer.statusCode, body: await answer.body.json() }
}

async function changes(query: string): Promise<RunChanges> {
  return (await ask(query)).body as RunChanges // its own answer
}

const told = (page: RunChanges) => page.changes.map(({ run }) => `${run.runId} ${run.status}`)

/** Reads events until their text holds a part. */
async function events(part: string, headers: { readonly [name: string]: string } = {}, query = '') {
  const { body, statusCode } = await request(`${url}/v1/runs?${query}`, {
    headers: { authorization: 'Bearer token', accept: 'text/event-stream', ...headers },
  })
  let text = ''
  for await (const chunk of body) {
    text += chunk
    if (text.includes(part)) break
  }
  return { statusCode, text }
}

describe('GET /v1/runs?after=', () => {
  test('gives every change in order, each with the run as it was, page by page', async () => {
    add('a')
    logs.change('a', { status: 'running', startedAt: 2_000 })
    add('b')
    logs.change('a', { counts: { read: 7, filtered: 0, written: 7, unchanged: 0, rejected: 0, unknown: 0 } })
    logs.change('a', { status: 'success', endedAt: 9_000 })

    const first = await changes('after=oldest&limit=2')
    const second = await changes(`after=${first.next}&limit=3`)
    const none = await changes(`after=${second.next}`)

    expect([first, second].map(told)).toEqual([
      ['a submitted', 'a running'],
      ['b submitted', 'a running', 'a success'],
    ])
    expect(second.changes.map(({ run }) => run.counts.read)).toEqual([0, 7, 7])
    expect(second.changes[2]?.run).toEqual(logs.run('a'))
    expect(second.changes.at(-1)?.cursor).toBe(second.next)
    expect([first.more, second.more]).toEqual([true, false])
    expect(none).toEqual({ changes: [], next: second.next, more: false })
  })

  test('tells of what changed only, and not of what is kept beside', async () => {
    add('a')
    add('a')
    logs.change('a', { status: 'submitted', job: { operation: 'ids' } })
    logs.tell('a', 'info', 'hello')

    expect(told(await changes('after=oldest'))).toEqual(['a submitted'])
  })

  test('begins with what comes next after `newest`', async () => {
    add('a')
    const { next } = await changes('after=newest')
    add('b')

    expect(told(await changes(`after=${next}`))).toEqual(['b submitted'])
  })

  test('waits for a change and gives it at once', async () => {
    const { next } = await changes('after=newest')

    const waiting = changes(`after=${next}&wait=30s`)
    const beganAt = performance.now()
    add('a')
    const page = await waiting

    expect(told(page)).toEqual(['a submitted'])
    expect(performance.now() - beganAt).toBeLessThan(5_000)
  })

  test('ends waiting in vain with an empty page', async () => {
    const { next } = await changes('after=newest')

    expect(await changes(`after=${next}&wait=1s`)).toEqual({ changes: [], next, more: false })
  })

  test('tells a gap with the cursor to go on from', async () => {
    const { next: early } = await changes('after=newest')
    for (const runId of ['a', 'b', 'c']) add(runId)
    feed.forgetBefore(Date.now() + 1_000, 2)

    const gap = await changes(`after=${early}`)
    const rest = await changes(`after=${gap.oldest}`)

    expect(gap).toEqual({ changes: [], next: gap.oldest, more: true, gap: true, oldest: expect.any(String) })
    expect(told(rest)).toEqual(['c submitted'])
  })

  test('tells no gap to one who has read up to what was deleted, also when nothing is left', async () => {
    add('a')
    const { next } = await changes('after=oldest')
    feed.forgetBefore(Date.now() + 1_000, 9)

    const quiet = await changes(`after=${next}`)
    add('b')

    expect(quiet).toEqual({ changes: [], next, more: false })
    expect(told(await changes(`after=${next}`))).toEqual(['b submitted'])
  })

  test.each(['000000000000-1', 'STORE-99'])('tells a gap for a cursor of another store or time: %s', async cursor => {
    add('a')
    const { next } = await changes('after=oldest')

    const gap = await changes(`after=${cursor.replace('STORE', next.split('-')[0] ?? '')}&wait=30s`)

    expect(gap).toMatchObject({ gap: true, changes: [], more: true })
  })

  test.each([
    ['after=yesterday', '"yesterday" is no cursor'],
    ['after=', '"" is no cursor'],
    ['after=oldest&wait=61s', '"61s" is no time from 0s to 60s'],
    ['after=oldest&wait=soon', '"soon" is no time from 0s to 60s'],
    ['after=oldest&limit=201', 'limit'],
    ['after=oldest&operation=ids', 'query operation'],
    ['wait=1s&status=error', 'query status'],
  ])('refuses %s', async (query, reason) => {
    const { statusCode, body } = await ask(query)

    expect(statusCode).toBe(400)
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(reason) })
  })

  test('answers those who wait when the API closes', async () => {
    const { next } = await changes('after=newest')
    const waiting = changes(`after=${next}&wait=60s`)
    const streamed = events('never', {}, `after=${next}`)
    await until(() => asked >= 3)

    await api.close()

    expect(await waiting).toEqual({ changes: [], next, more: false })
    expect((await streamed).text).toContain(': changes of runs')
  })

  test('lets only so many wait at once', async () => {
    const { next } = await changes('after=newest')
    const stop = new AbortController()
    const waiting = Array.from({ length: 200 }, () => feed.read({ after: next, limit: 1, waitMs: 60_000 }, stop.signal))

    const { statusCode, body } = await ask(`after=${next}&wait=30s`)
    stop.abort()
    await Promise.all(waiting)

    expect(statusCode).toBe(503)
    expect(body).toMatchObject({ code: 'TOO_MANY_WAITING' })
    expect((await ask(`after=${next}&wait=1s`)).statusCode).toBe(200)
  })
})

describe('GET /v1/runs as server-sent events', () => {
  test('gives changes as they come, after the last one that was heard', async () => {
    add('a')
    const { next } = await changes('after=oldest')
    add('b')
    const stream = events('"runId":"c"', { 'last-event-id': next }, 'after=oldest')
    add('c')

    const { text } = await stream

    expect(text.match(/^event: .*$/gm)).toEqual(['event: change', 'event: change'])
    expect(text).toMatch(/id: [0-9a-f]{12}-2\nevent: change\ndata: \{"cursor":"[0-9a-f]{12}-2"/)
    expect(text).not.toContain('"runId":"a"')
  })

  test('tells a gap and goes on behind it', async () => {
    add('a')

    const { text } = await events('"runId":"a"', { 'last-event-id': '000000000000-7' })

    expect(text).toMatch(/event: gap\ndata: \{"gap":true,"oldest":"[0-9a-f]{12}-0"\}\n\nid: [0-9a-f]{12}-1\n/)
  })

  test('is heard from when nothing changes', async () => {
    expect((await events(': still here')).text).toContain(': still here\n\n')
  })

  test('refuses a bad cursor before it begins', async () => {
    expect(await events('}', { 'last-event-id': 'x' })).toMatchObject({ statusCode: 400 })
  })
})

/** Gives other work its turn until it is so; the time limit of the test is the limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}
