import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { createLoggers } from '../logs/loggers.ts'
import { createOperationLogs, type NewRun, type OperationLogs } from '../logs/operation-log.ts'
import { createRedactor } from '../logs/redact.ts'
import { type LogStore, openLogStore } from '../logs/store.ts'
import type { RunSummary } from '../run/status.ts'
import { createMemoryControl } from './memory-control.ts'
import { createApi } from './server.ts'

const day = (number: number) => Date.parse(`2026-11-0${number}T12:00:00Z`)

let directory: string
let store: LogStore
let logs: OperationLogs
let api: ReturnType<typeof createApi>
let url: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'runs-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  const control = createMemoryControl({ runs: query => logs.page(query) })
  const logger = createLoggers({ level: 'error', fields: {}, redactor: createRedactor(), sink: () => {} }).get('api')
  api = createApi({ control, token: 'token', version: '1.2.3', logger })
  url = await api.listen({ host: '127.0.0.1', port: 0 })
  add('a', { submittedAt: day(1) })
  add('b', { submittedAt: day(3), agent: 'second' })
  add('c', { submittedAt: day(2), operation: 'orders', parent: { runId: 'd', operation: 'ids' } })
  add('d', { submittedAt: day(4) })
  logs.tell('a', 'info', 'read 5 products of the Größen table')
  logs.tell('b', 'warning', 'the store does not answer; trying again', 'RATE_LIMITED')
  logs.tell('b', 'warning', 'the store does not answer at all')
  logs.tell('c', 'error', 'the store has "quoted" AND refused -- it')
  logs.tell('d', 'info', 'the store answers')
  logs.change('c', { status: 'error', endedAt: day(5), error: { code: 'NETWORK', message: '=away, "far"' } })
})
afterEach(async () => {
  await api.close()
  store.close()
  await rm(directory, { recursive: true, force: true })
})

function add(runId: string, more: Partial<NewRun> = {}): void {
  logs.open({ runId, jobId: `job-${runId}`, operation: 'ids', agent: 'first', submittedAt: day(5), ...more })
}

async function ask(query: string, accept = '*/*') {
  const answer = await request(`${url}/v1/runs?${query}`, { headers: { authorization: 'Bearer token', accept } })
  return { statusCode: answer.statusCode, type: answer.headers['content-type'], text: await answer.body.text() }
}

async function list(query: string) {
  const { runs, next } = JSON.parse((await ask(query)).text) as { runs: RunSummary[]; next?: number } // its own answer
  return { ids: runs.map(({ runId }) => runId).join(''), next }
}

describe('GET /v1/runs', () => {
  test.each([
    ['', 'dcba'],
    ['sort=oldest', 'abcd'],
    ['operation=ids', 'dba'],
    ['status=error', 'c'],
    ['agent=second', 'b'],
    ['parent=d', 'c'],
    ['parent=a', ''],
    ['parent=d&text=refused', 'c'],
    ['from=2026-11-03T12:00:00Z', 'db'],
    ['to=2026-11-03T12:00:00Z', 'ca'],
    ['from=2026-11-02&to=2026-11-04', 'cb'],
    ['from=2026-12-01', ''],
    ['text=store', 'dcb'],
    ['text=STORE%20answer', 'db'],
    ['text=store%20answer&sort=oldest', 'bd'],
    ['text=grossen', ''],
    ['text=großen', 'a'],
    ['text=rate_limited', 'b'],
    ['text=answer%20products', ''],
    ['text=%22quoted%22%20--', 'c'],
    ['text=AND%20OR', ''],
    ['text=--', ''],
    ['text=store&operation=ids&agent=first&from=2026-11-01&to=2026-12-01', 'd'],
    ['text=store&before=3', 'b'],
  ])('with %s gives %s', async (query, ids) => {
    expect((await list(query)).ids).toBe(ids)
  })

  test.each(['sort=newest', 'sort=oldest', 'sort=newest&text=hello', 'sort=oldest&text=hello'])(
    'pages with %s through each run once, while runs arrive',
    async query => {
      for (const runId of ['a', 'b', 'c', 'd', 'b']) logs.tell(runId, 'info', 'hello')
      const first = await list(`${query}&limit=3`)
      add('e')
      logs.tell('e', 'info', 'hello')

      const second = await list(`${query}&limit=3&cursor=${first.next}`)

      const isNewest = query.includes('newest')
      expect([first.ids, second.ids]).toEqual(isNewest ? ['dcb', 'a'] : ['abc', 'de'])
      expect(second.next).toBeUndefined()
    },
  )

  test('finds no text of a run that is deleted, and all others', async () => {
    logs.deleteEndedBefore(day(6), 9)

    expect((await list('text=store')).ids).toBe('db')
    expect(store.prepare('SELECT count(*) FROM message_texts').pluck().get()).toBe(4)
  })

  test.each([
    ['format=ndjson', '*/*'],
    ['', 'application/x-ndjson'],
  ])('streams all that fit as NDJSON with %j, %s', async (query, accept) => {
    for (let number = 1; number <= 450; number += 1) add(`n${number}`)

    const { type, text } = await ask(`${query}&sort=oldest&agent=first`, accept)

    const runs = text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as RunSummary) // its own answer
    expect(type).toBe('application/x-ndjson; charset=utf-8')
    expect(runs).toHaveLength(453)
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(453)
    expect(runs[0]).toEqual({ ...logs.run('a'), messageCount: 1, lastMessage: 'read 5 products of the Größen table' })
    expect(runs[1]).toEqual({ ...logs.run('c'), messageCount: 1, lastMessage: expect.stringContaining('refused') })
    expect(runs[2]).toMatchObject({ runId: 'd', messageCount: 1 })
  })

  test('exports CSV that no spreadsheet takes for a formula', async () => {
    const { type, text } = await ask('format=csv&status=error')

    const [head = '', row] = text.split('\r\n')
    expect(type).toBe('text/csv; charset=utf-8')
    expect(head).toMatch(
      /^run,operation,status,agent,requested by,replay of,parent,parent operation,.*,error,messages,last message$/,
    )
    expect(row).toMatch(
      /^c,orders,error,first,,,d,ids,2026-11-02T12:00:00.000Z,.*,NETWORK,"'=away, ""far""",1,"the store has/,
    )
  })

  test('exports at most so many', async () => {
    expect((await ask('format=ndjson&limit=2')).text.trimEnd().split('\n')).toHaveLength(2)
  })

  test.each([
    ['from=yesterday', 'query from "yesterday"'],
    ['to=soon', 'query to "soon"'],
    ['sort=status', 'sort'],
    ['format=xml', 'format'],
    ['text=', 'text'],
    ['limit=201', 'query limit: a page has 200 at most'],
    ['cursor=x', 'cursor'],
    ['format=csv&from=x', 'query from "x"'],
  ])('refuses %s', async (query, reason) => {
    const { statusCode, text } = await ask(query)

    expect(statusCode).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(reason) })
  })
})
