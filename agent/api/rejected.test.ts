import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { request } from 'undici'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import { createMemoryControl, type MemoryControl } from './memory-control.ts'
import { memoryRejected } from './memory-rejected.ts'
import { createApi } from './server.ts'

const token = 'planted-token-of-the-api'

let control: MemoryControl
let api: FastifyInstance
let url: string
beforeEach(async () => {
  control = createMemoryControl()
  await control.submit('Products to CSV', { runId: 'r' })
  const loggers = createLoggers({ level: 'silent', fields: {}, redactor: createRedactor(), sink: () => undefined })
  api = createApi({ control, token, version: '1.2.3', logger: loggers.get('agent.api') })
  url = await api.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => api.close())

async function ask(path: string, { accept = '*/*', post }: { accept?: string; post?: unknown } = {}) {
  const headers = { authorization: `Bearer ${token}`, accept }
  const {
    statusCode,
    headers: told,
    body,
  } = await request(`${url}${path}`, {
    method: post === undefined ? 'GET' : 'POST',
    headers: post === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(post === undefined ? {} : { body: JSON.stringify(post) }),
  })
  return { statusCode, type: told['content-type'], location: told['location'], text: await body.text() }
}

const numbersOf = (text: string) => (JSON.parse(text) as { records: { number: number }[] }).records.map(r => r.number)

describe('GET /v1/runs/:id/rejected', () => {
  test('answers page by page', async () => {
    const first = JSON.parse((await ask('/v1/runs/r/rejected?limit=2')).text)
    const last = JSON.parse((await ask(`/v1/runs/r/rejected?limit=2&after=${first.next}`)).text)

    expect(first).toEqual({ records: memoryRejected.slice(0, 2), next: 17 })
    expect(last).toEqual({ records: memoryRejected.slice(2) })
  })

  test.each([
    ['code=CONFLICT', [3]],
    ['status=unknown', [20]],
    ['status=rejected&after=3', [17]],
  ])('with %s answers %j', async (query, numbers) => {
    expect(numbersOf((await ask(`/v1/runs/r/rejected?${query}`)).text)).toEqual(numbers)
  })

  test.each([
    ['format=ndjson', '*/*'],
    ['', 'application/x-ndjson'],
  ])('streams JSON lines for %j and Accept %s', async (query, accept) => {
    const { type, text } = await ask(`/v1/runs/r/rejected?${query}`, { accept })

    expect(type).toBe('application/x-ndjson; charset=utf-8')
    expect(text).toBe(memoryRejected.map(each => `${JSON.stringify(each)}\n`).join(''))
  })

  test('streams CSV that no spreadsheet takes for formulas', async () => {
    const { type, text } = await ask('/v1/runs/r/rejected', { accept: 'text/csv' })

    expect(type).toBe('text/csv; charset=utf-8')
    expect(text).toBe(
      [
        'number,status,code,message,request id,attempt,name,price,note,record.number,images',
        '3,rejected,CONFLICT,"POST /v3/catalog/products: 409 the name, ""Hat"", is taken",q-3,1,Hat,-1,\'=1+1,,',
        '17,rejected,TRANSFORMATION_INVALID,field price: no number,,2,Coat,,,N-1,"[{""url"":""x""}]"',
        '20,unknown,,the answer was lost,,2,"two\nlines",,,,',
        '',
      ].join('\r\n'),
    )
  })

  test.each([
    ['/v1/runs/x/rejected', 404, 'RUN_NOT_FOUND'],
    ['/v1/runs/x/rejected?format=csv', 404, 'RUN_NOT_FOUND'],
    ['/v1/runs/x/rejected?format=ndjson', 404, 'RUN_NOT_FOUND'],
    ['/v1/runs/r/rejected?format=xml', 400, 'REQUEST_INVALID'],
    ['/v1/runs/r/rejected?limit=0', 400, 'REQUEST_INVALID'],
  ])('%s is answered with %i %s', async (path, status, code) => {
    const { statusCode, text } = await ask(path)

    expect(statusCode).toBe(status)
    expect(JSON.parse(text)).toMatchObject({ code })
  })
})

describe('POST /v1/runs/:id/replay', () => {
  test('answers with the new run', async () => {
    const answer = await ask('/v1/runs/r/replay', { post: { only: '3,17-20', runId: 'again' } })

    expect(answer).toMatchObject({ statusCode: 202, location: '/v1/runs/again' })
    expect(JSON.parse(answer.text)).toMatchObject({ run: { runId: 'again', replayOf: 'r' }, records: 2, leftOut: 1 })
  })

  test('takes more than other routes', async () => {
    const records = [{ number: 3, record: { text: 'x'.repeat(2_000_000) } }]

    expect(await ask('/v1/runs/r/replay', { post: { records } })).toMatchObject({ statusCode: 202 })
  })

  test.each([
    [{ only: '3-' }, 400, 'numbers and ranges of numbers'],
    [{ records: [{ number: 0, record: {} }] }, 400, '/records/0/number'],
    [{ records: [{ number: 4711, record: {}, line: 2 }] }, 422, 'line 2'],
    [{ onyl: '3' }, 400, 'did you mean \\"only\\"?'],
  ])('%j is refused with %i', async (post, status, told) => {
    const { statusCode, text } = await ask('/v1/runs/r/replay', { post })

    expect(statusCode).toBe(status)
    expect(text).toContain(told)
  })
})
