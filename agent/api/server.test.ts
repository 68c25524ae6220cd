import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { ConnectorError } from '../../connectors/sdk/errors.ts'
import { AgentError, agentErrors } from '../errors.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import type { AgentControl } from './control.ts'
import { createMemoryControl } from './memory-control.ts'
import { type ApiParts, createApi } from './server.ts'

const token = 'planted-token-of-the-api'
const authorization = `Bearer ${token}`
const anonymous = { headers: { authorization: undefined } }
const releases: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const release of releases.splice(0)) await release()
})

/** An agent's API over a real socket: what `inject` of fastify stands on cannot be loaded by jest. */
async function open(overrides: Partial<AgentControl> = {}, parts: Partial<ApiParts> = {}) {
  const control = createMemoryControl(overrides)
  const lines: string[] = []
  const sink = (line: string) => lines.push(line)
  const loggers = createLoggers({ level: 'debug', fields: {}, redactor: createRedactor(), sink })
  const api = createApi({ control, token, version: '1.2.3', logger: loggers.get('agent.api'), ...parts })
  const url = await api.listen({ host: '127.0.0.1', port: 0 })
  releases.push(() => api.close())
  return { control, api, url, lines, send: (path: string, more?: Sending) => send(`${url}${path}`, more) }
}

interface Sending {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON, or as it is when it is a text. */
  readonly payload?: unknown
  readonly headers?: { readonly [name: string]: string | undefined }
}

async function send(url: string, { method = 'GET', payload, headers = {} }: Sending = {}) {
  const body = payload === undefined || typeof payload === 'string' ? payload : JSON.stringify(payload)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const given = Object.entries({ authorization, ...type, ...headers }).filter(([, value]) => value !== undefined)
  const answer = await request(url, {
    method,
    headers: Object.fromEntries(given) as { [name: string]: string }, // undefined was filtered out
    ...(body !== undefined && { body }),
  })
  const text = await answer.body.text()
  return { statusCode: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) }
}

describe('access', () => {
  test('tells health and its own description to anybody', async () => {
    const { send } = await open()

    const answers = await Promise.all(['/livez', '/readyz', '/openapi.json'].map(path => send(path, anonymous)))

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
  })

  test.each([
    ['GET', '/metrics'],
    ['GET', '/v1/status'],
    ['GET', '/v1/pacing'],
    ['POST', '/v1/operations/x/runs'],
    ['GET', '/v1/runs'],
    ['GET', '/v1/runs/x'],
    ['GET', '/v1/runs/x/log'],
    ['POST', '/v1/runs/x/cancel'],
    ['POST', '/v1/drain'],
    ['POST', '/v1/resume'],
    ['GET', '/v1/connectors'],
    ['GET', '/v1/connectors/x'],
    ['POST', '/v1/connectors/x/update'],
    ['PUT', '/v1/connectors/x/pin'],
    ['DELETE', '/v1/connectors/x/pin'],
    ['POST', '/v1/connectors/x/rollback'],
    ['GET', '/v1/connections'],
    ['POST', '/v1/connections/x/test'],
    ['GET', '/v1/connections/x/objects'],
    ['GET', '/v1/connections/x/schemas?object=y'],
    ['POST', '/v1/connections/x/query'],
    ['GET', '/v1/logs/agent'],
    ['GET', '/v1/loggers'],
    ['PUT', '/v1/loggers/ROOT'],
    ['DELETE', '/v1/loggers/ROOT'],
  ] as const)('asks for the token before %s %s', async (method, path) => {
    const { send } = await open()

    const answer = await send(path, { method, ...anonymous })

    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('UNAUTHORIZED')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  test.each([
    ['', 'no scheme'],
    ['Bearer', 'no token'],
    ['Bearer planted-token-of-the-ap', 'a shorter token'],
    [`Basic ${token}`, 'another scheme'],
  ])('refuses the header %j: %s', async header => {
    const { send } = await open()

    const answer = await send('/v1/status', { headers: { authorization: header } })

    expect(answer.statusCode).toBe(401)
  })

  test('refuses a request without a token even when its own token is empty', async () => {
    const { send } = await open({}, { token: '' })

    const answer = await send('/v1/status', anonymous)

    expect(answer.statusCode).toBe(401)
  })

  test('refuses a name that a foreign page made point to loopback', async () => {
    const { send } = await open()

    const answer = await send('/v1/status', { headers: { host: 'evil.example:8477' } })

    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toContain('evil.example')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  })

  test.each(['localhost', 'localhost:8477', '127.0.0.1:1', '[::1]:8477'])('answers to the host %s', async host => {
    const { send } = await open()

    const answer = await send('/v1/status', { headers: { host } })

    expect(answer.statusCode).toBe(200)
  })

  test('lets no answer be kept or guessed at', async () => {
    const { send } = await open()

    const { headers } = await send('/v1/status')

    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })

  test('logs method, path and status of a request, never its query or the token', async () => {
    const { send, lines } = await open()

    await send('/v1/runs?operation=private')

    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'debug',
      method: 'GET',
      path: '/v1/runs',
      status: 200,
      durationMs: expect.any(Number),
    })
    expect(lines.join()).not.toMatch(/private|planted-token/)
  })
})

describe('problems', () => {
  test('answers a coded error as RFC 9457 asks, with the row of its table', async () => {
    const { send } = await open()

    const answer = await send('/v1/runs/none')

    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'urn:commerce-agent:error:RUN_NOT_FOUND',
      title: agentErrors.RUN_NOT_FOUND.meaning,
      status: 404,
      detail: 'no run "none" is known to this agent',
      code: 'RUN_NOT_FOUND',
      cure: agentErrors.RUN_NOT_FOUND.cure,
      instance: '/v1/runs/none',
    })
  })

  test('tells nothing of an unforeseen error but logs it', async () => {
    const { send, lines } = await open({
      metrics: async () => {
        throw new Error('inner words')
      },
    })

    const answer = await send('/metrics')

    expect(answer.statusCode).toBe(500)
    expect(answer.json().code).toBe('INTERNAL')
    expect(answer.text).not.toContain('inner words')
    expect(lines.join()).toContain('inner words')
  })

  test.each([
    ['/v1/runs?limit=0', 'limit'],
    ['/v1/runs?limit=201', 'limit'],
    ['/v1/runs?limti=5', 'limti'],
    ['/v1/runs?status=done', 'status'],
    ['/v1/runs?before=x', 'before'],
    ['/v1/runs/x/log?after=-1', 'after'],
    ['/v1/logs/agent?follow=perhaps', 'follow'],
    ['/v1/connections/shop/schemas', 'object'],
    ['/v1/connections/shop/objects?fliter=x', 'did you mean "filter"?'],
  ] as const)('names what is wrong with %s', async (path, place) => {
    const { send } = await open()

    const answer = await send(path)

    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(place) })
  })

  test.each([
    [413, 'REQUEST_TOO_LARGE', 'application/json', `{"runId":"${'x'.repeat(1_100_000)}"}`],
    [415, 'MEDIA_TYPE_UNSUPPORTED', 'application/xml', '<run/>'],
    [400, 'REQUEST_INVALID', 'application/json', '{'],
  ] as const)('answers %i %s to a body it does not take', async (status, code, type, payload) => {
    const { send } = await open()

    const answer = await send('/v1/operations/x/runs', { method: 'POST', payload, headers: { 'content-type': type } })

    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status, code })
  })

  test('names the route that was probably meant', async () => {
    const { send } = await open()

    const answer = await send('/v1/statsu')

    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND', detail: expect.stringContaining('"/v1/status"') })
  })

  test('answers a path that cannot be decoded like any other bad request', async () => {
    const { send } = await open()

    const answer = await send('/v1/runs/%zz')

    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json().code).toBe('REQUEST_INVALID')
  })

  test('refuses a body over 1 MB', async () => {
    const { send, control } = await open()

    const answer = await send('/v1/operations/Products%20to%20CSV/runs', {
      method: 'POST',
      payload: { requestedBy: 'x'.repeat(1_100_000) },
    })

    expect(answer.json().code).toBe('REQUEST_TOO_LARGE')
    expect(control.submitted).toEqual([])
  })

  test('refuses a body that is not JSON', async () => {
    const { send } = await open()

    const answer = await send('/v1/operations/Products%20to%20CSV/runs', {
      method: 'POST',
      payload: '{"runId":',
      headers: { 'content-type': 'application/json' },
    })

    expect(answer.statusCode).toBe(400)
    expect(answer.json().code).toBe('REQUEST_INVALID')
  })
})

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const otherTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01'

describe('submitting', () => {
  const path = '/v1/operations/Products%20to%20CSV/runs'

  test.each([
    [{ traceparent, tracestate: 'shop=1' }, {}, { traceparent, tracestate: 'shop=1' }],
    [{ traceparent: 'nonsense' }, {}, {}],
    [{ traceparent }, { traceparent: otherTraceparent }, { traceparent: otherTraceparent }],
  ])('with the headers %j and the body %j puts %j into the job', async (headers, payload, request) => {
    const { send, control } = await open()

    await send(path, { method: 'POST', headers, payload })

    expect(control.submitted[0]?.request).toEqual(request)
  })

  test('answers 202 with the run and where to find it', async () => {
    const { send } = await open()

    const answer = await send(path, { method: 'POST', payload: { runId: 'mine', requestedBy: 'nightly' } })

    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe('/v1/runs/mine')
    expect(answer.json()).toMatchObject({ runId: 'mine', status: 'submitted', requestedBy: 'nightly' })
  })

  test('takes no body for an empty one', async () => {
    const { send, control } = await open()

    const answer = await send(path, { method: 'POST' })

    expect(answer.statusCode).toBe(202)
    expect(control.submitted).toEqual([{ operation: 'Products to CSV', request: {} }])
  })

  test('hands variables on with the type they came in', async () => {
    const { send, control } = await open()
    const variables = { text: '5', number: 5, flag: true, nothing: null }

    await send(path, { method: 'POST', payload: { variables } })

    expect(control.submitted[0]?.request.variables).toEqual(variables)
  })

  test.each([
    [{ runid: 'x' }, '/runid: is not a known key, did you mean "runId"?'],
    [{ operation: 'other' }, '/operation: is not a known key'],
    [{ timeoutSeconds: '60' }, '/timeoutSeconds: must be an integer'],
    [{ variables: { a: [1] } }, '/variables/a'],
    [{ debug: {} }, '/debug/enabled: is missing'],
    [[], 'must be an operation job'],
  ])('refuses %j and names the place', async (payload, detail) => {
    const { send, control } = await open()

    const answer = await send(path, { method: 'POST', payload })

    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(detail) })
    expect(control.submitted).toEqual([])
  })

  test('finds an operation by the longest name a project may give', async () => {
    const name = `x ${'x '.repeat(49)}`.trim()
    const { send } = await open()

    const answer = await send(`/v1/operations/${encodeURIComponent(name)}/runs`, { method: 'POST' })

    expect(answer.json()).toMatchObject({ code: 'OPERATION_NOT_FOUND', detail: `no operation "${name}"` })
  })
})

describe('runs', () => {
  test('lists newest first, page by page', async () => {
    const { send, control } = await open()
    await control.submit('Products to CSV', { runId: 'a' })
    await control.submit('Products to CSV', { runId: 'b' })
    await control.submit('Products to CSV', { runId: 'c' })

    const first = (await send('/v1/runs?limit=2')).json()
    const second = (await send(`/v1/runs?limit=2&before=${first.next}`)).json()

    expect(first.runs.map((run: { runId: string }) => run.runId)).toEqual(['c', 'b'])
    expect(second.runs.map((run: { runId: string }) => run.runId)).toEqual(['a'])
    expect(second.next).toBeUndefined()
  })

  test('lists by operation and status', async () => {
    const { send, control } = await open()
    await control.submit('Products to CSV', { runId: 'a' })
    await control.submit('Products to CSV', { runId: 'b' })
    control.change('a', { status: 'error', error: { code: 'NETWORK', message: 'reset' } })

    const { runs } = (await send('/v1/runs?operation=Products%20to%20CSV&status=error')).json()

    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({ runId: 'a', error: { code: 'NETWORK', message: 'reset' } })
  })

  test('tells the messages of a run and where to go on', async () => {
    const { send, control } = await open()
    await control.submit('Products to CSV', { runId: 'a' })
    control.tell('a', 'info', 'one')
    control.tell('a', 'warning', 'two')
    control.tell('a', 'error', 'three')

    const first = (await send('/v1/runs/a/log?limit=2')).json()
    const rest = (await send(`/v1/runs/a/log?after=${first.next}`)).json()
    const none = (await send(`/v1/runs/a/log?after=${rest.next}`)).json()

    expect(first.messages.map((each: { message: string }) => each.message)).toEqual(['one', 'two'])
    expect(rest.messages.map((each: { message: string }) => each.message)).toEqual(['three'])
    expect(none).toEqual({ messages: [], next: rest.next })
  })

  test('asks a run to stop once, and tells when it has ended', async () => {
    const { send, control } = await open()
    await control.submit('Products to CSV', { runId: 'a' })

    const asked = await send('/v1/runs/a/cancel', { method: 'POST' })
    control.change('a', { status: 'canceled' })
    const late = await send('/v1/runs/a/cancel', { method: 'POST' })

    expect(asked.statusCode).toBe(202)
    expect(asked.json().status).toBe('cancel-requested')
    expect(late.statusCode).toBe(409)
    expect(late.json().code).toBe('RUN_ENDED')
  })
})

describe('loggers', () => {
  test('are set for an hour when nothing else is asked, and taken back', async () => {
    const { send } = await open()

    const set = await send('/v1/loggers/agent.run', { method: 'PUT', payload: { level: 'DEBUG' } })
    const { loggers } = (await send('/v1/loggers')).json()
    const reset = await send('/v1/loggers/agent.run', { method: 'DELETE' })

    const leftMs = Date.parse(set.json().until) - Date.now()
    expect(leftMs).toBeGreaterThan(3_500_000)
    expect(leftMs).toBeLessThanOrEqual(3_600_000)
    expect(set.json()).toMatchObject({ name: 'agent.run', level: 'DEBUG', source: 'agent', affects: ['agent.run'] })
    expect(loggers).toContainEqual(expect.objectContaining({ name: 'agent.run', level: 'DEBUG', source: 'agent' }))
    expect(reset.json()).toMatchObject({ level: 'INFO', from: 'ROOT', wasSet: true })
  })

  test.each([
    ['/v1/loggers/agent', { level: 'debug' }],
    ['/v1/loggers/agent', {}],
    ['/v1/loggers/agent', { level: 'DEBUG', fro: '1h' }],
    ['/v1/loggers/agent', { level: 'DEBUG', for: '1w' }],
    ['/v1/loggers/a%20b', { level: 'DEBUG' }],
  ])('at %s refuse %j', async (path, payload) => {
    const { send } = await open()

    const answer = await send(path, { method: 'PUT', payload })

    expect([answer.statusCode, answer.json().code]).toEqual([400, 'REQUEST_INVALID'])
  })
})

describe('pacing', () => {
  test('is told as the agent knows it', async () => {
    const { send, control } = await open()

    const answer = await send('/v1/pacing')

    expect(answer.json()).toEqual({ accounts: await control.pacing() })
  })

  test('says when redis is away', async () => {
    const { send } = await open({
      pacing: async () => {
        throw new AgentError('REDIS_UNAVAILABLE', 'redis cannot be reached')
      },
    })

    expect((await send('/v1/pacing')).json().code).toBe('REDIS_UNAVAILABLE')
  })
})

describe('the agent', () => {
  test('drains, says why it is not ready, and resumes', async () => {
    const { send } = await open()

    const drained = await send('/v1/drain', { method: 'POST' })
    const away = await send('/readyz')
    const resumed = await send('/v1/resume', { method: 'POST' })
    const back = await send('/readyz')

    expect(drained.json().state).toBe('drained')
    expect(away.statusCode).toBe(503)
    expect(away.json()).toEqual({ ready: false, reasons: ['the agent is draining'] })
    expect(resumed.json().state).toBe('running')
    expect(back.json()).toEqual({ ready: true, reasons: [] })
  })

  test('answers 200 for a connection test that found a failure', async () => {
    const { send } = await open()

    const answer = await send('/v1/connections/shop/test', { method: 'POST' })

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ ok: false, code: 'AUTHENTICATION_FAILED', checks: [{ status: 'failed' }] })
  })

  test('keeps the details of a connection test as the vendor gave them', async () => {
    const details = { plan: 'pro', quota: { left: 5 }, scopes: ['read'] }
    const report = await createMemoryControl().testConnection('shop')
    const { send } = await open({ testConnection: async () => ({ ...report, details }) })

    const answer = await send('/v1/connections/shop/test', { method: 'POST' })

    expect(answer.json().details).toEqual(details)
  })

  test('gives metrics as text and releases as a list', async () => {
    const { send } = await open()

    const metrics = await send('/metrics')
    const { connectors } = (await send('/v1/connectors')).json()

    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(metrics.text).toBe('agent_runs_total 3\n')
    expect(connectors[0]).toMatchObject({ name: 'bigcommerce', verified: true })
  })

  test('describes every route as OpenAPI 3.1 and marks those that ask for the token', async () => {
    const { send } = await open()

    const document = (await send('/openapi.json')).json()

    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
    expect(Object.keys(document.paths).sort()).toEqual([
      '/livez',
      '/metrics',
      '/readyz',
      '/v1/connections',
      '/v1/connections/{name}/objects',
      '/v1/connections/{name}/query',
      '/v1/connections/{name}/schemas',
      '/v1/connections/{name}/test',
      '/v1/connectors',
      '/v1/connectors/{name}',
      '/v1/connectors/{name}/pin',
      '/v1/connectors/{name}/rollback',
      '/v1/connectors/{name}/update',
      '/v1/debug',
      '/v1/debug/agent',
      '/v1/debug/operations/{name}',
      '/v1/debug/runs/{name}',
      '/v1/drain',
      '/v1/loggers',
      '/v1/loggers/{name}',
      '/v1/logs/agent',
      '/v1/operations/{name}/runs',
      '/v1/pacing',
      '/v1/policy',
      '/v1/resume',
      '/v1/runs',
      '/v1/runs/{id}',
      '/v1/runs/{id}/cancel',
      '/v1/runs/{id}/debug',
      '/v1/runs/{id}/debug.tar.gz',
      '/v1/runs/{id}/debug/{step}',
      '/v1/runs/{id}/log',
      '/v1/runs/{id}/rejected',
      '/v1/runs/{id}/replay',
      '/v1/state',
      '/v1/state/{operation}',
      '/v1/status',
    ])
    expect(document.paths['/v1/status'].get.security).toEqual([{ token: [] }])
    expect(document.paths['/livez'].get.security).toBeUndefined()
  })
})

describe('look-ups', () => {
  test('lists connections, and objects with a part of a name', async () => {
    const { send } = await open()

    const { connections } = (await send('/v1/connections')).json()
    const found = (await send('/v1/connections/shop/objects?filter=coup')).json()

    expect(connections).toContainEqual({ name: 'shop', connector: 'bigcommerce', hasObjects: true })
    expect(found).toEqual({
      connection: 'shop',
      connector: 'bigcommerce',
      version: '0.1.0',
      objects: [{ name: 'coupons', label: 'Coupons', activities: ['Query'], deprecated: true }],
    })
  })

  test('gives schemas as they are, with keywords of any kind', async () => {
    const { send } = await open()

    const schemas = (await send('/v1/connections/shop/schemas?object=products&activity=Create')).json()

    expect(schemas).toMatchObject({ activity: 'Create', object: 'products', options: { type: 'object' } })
    expect(schemas.request.properties.price).toEqual({ type: ['number', 'null'], minimum: 0 })
  })

  test('gives ten records when nobody says how many, whatever they hold', async () => {
    const { send } = await open()
    const payload = { options: { object: 'products', filters: { 'id:in': [1, 2] } } }

    const { records } = (await send('/v1/connections/shop/query', { method: 'POST', payload })).json()

    expect(records).toHaveLength(10)
    expect(records[0]).toEqual({
      id: 1,
      name: 'Product 1',
      images: [{ url: 'a' }, { url: 'b' }],
      asked: payload.options,
    })
  })

  test.each([0, 1001, 2.5, '3'])('refuses a sample of %j records', async limit => {
    const { send } = await open()

    const answer = await send('/v1/connections/shop/query', { method: 'POST', payload: { limit } })

    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringContaining('/limit: ') })
  })

  test.each([
    ['/v1/connections/shop/schemas?object=prodcuts', 422, 'OBJECT_UNKNOWN'],
    ['/v1/connections/none/objects', 404, 'CONNECTION_NOT_FOUND'],
  ] as const)('answers %s with %i %s', async (path, status, code) => {
    const { send } = await open()

    const answer = await send(path)

    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ type: `urn:commerce-agent:error:${code}`, code, status })
    expect(answer.json().cure).toBeTruthy()
  })

  test('answers what the vendor refuses as the failure of another server', async () => {
    const refuse = async () => {
      throw new ConnectorError('AUTHENTICATION_FAILED', 'the token is not valid')
    }
    const { send } = await open({ objects: refuse })

    expect((await send('/v1/connections/shop/objects')).statusCode).toBe(502)
  })
})

describe('the agent log', () => {
  test('gives the last lines as JSON lines', async () => {
    const { send, control } = await open()
    for (const line of ['{"n":1}', '{"n":2}', '{"n":3}']) control.log(line)

    const answer = await send('/v1/logs/agent?lines=2')

    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
    expect(answer.text).toBe('{"n":2}\n{"n":3}\n')
  })

  test('follows as server-sent events, with comments in between, until the client hangs up', async () => {
    const { url, control } = await open({}, { heartbeatMs: 5 })
    control.log('{"n":1}')
    const gone = new AbortController()

    const answer = await fetch(`${url}/v1/logs/agent?follow=true`, {
      headers: { authorization },
      signal: gone.signal,
    })
    const events = textOf(answer)
    await events.until('data: {"n":1}\n\n')
    control.log('{"n":2}')
    await events.until('data: {"n":2}\n\n')
    await events.until('data: {"n":2}\n\n: ')
    const before = control.followers()
    gone.abort()
    await until(() => control.followers() === 0)

    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(before).toBe(1)
  })

  test('goes on after the last event that was read', async () => {
    const { url, control } = await open()
    for (const line of ['{"n":1}', '{"n":2}']) control.log(line)
    const gone = new AbortController()

    const answer = await fetch(`${url}/v1/logs/agent?follow=true`, {
      headers: { authorization, 'last-event-id': 'agent:1' },
      signal: gone.signal,
    })
    const text = await textOf(answer).until('{"n":2}\n\n')
    gone.abort()

    expect(text).toBe(': agent log\n\nid: agent:2\ndata: {"n":2}\n\n')
  })

  test.each([
    ['level=loud', 'level'],
    ['since=yesterday', 'since'],
    ['until=5x', 'until'],
    ['after=x', 'after'],
    ['lines=10001', 'lines'],
    ['connector=../agent', 'connector'],
  ])('refuses %s', async (query, place) => {
    const { send } = await open()

    const answer = await send(`/v1/logs/agent?${query}`)

    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringContaining(place) })
  })

  test('is not held up by a follower when it closes', async () => {
    const { api, url, control } = await open()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write(
      `GET /v1/logs/agent?follow=true HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`,
    )
    await once(socket, 'data')
    await until(() => control.followers() === 1)

    await Promise.all([api.close(), once(socket, 'close')])
    await until(() => control.followers() === 0)

    expect(control.followers()).toBe(0)
  })
})

function textOf(answer: Response) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async until(part: string) {
      while (!text.includes(part)) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) throw new Error(`the answer ended without ${part}: ${text}`)
        text += value
      }
      return text
    },
  }
}

/** Gives other work its turn until it is so; the time limit of the test is the limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}
