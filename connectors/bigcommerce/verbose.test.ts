import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { LogFields } from '../sdk/connector.ts'
import { quietContext } from '../sdk/quiet-context.ts'
import { createClient, type StoreClient } from './client.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import { parseSettings } from './settings.ts'

const path = '/v3/catalog/products?limit=1&include=images,variants'
const releases: (() => unknown)[] = []
let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 20, plan: 'standard' })
})
afterAll(() => store.close())
afterEach(async () => {
  store.clearFaults()
  for (const release of releases.splice(0).reverse()) await release()
})

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
type Line = LogFields & { readonly message: string }

/** A context whose logger writes what the level allows. */
function listen(level: 'trace' | 'debug' | 'info', signal = new AbortController().signal) {
  const lines: Line[] = []
  const isEnabled = (asked: (typeof levels)[number]) => levels.indexOf(asked) >= levels.indexOf(level)
  const write = (at: (typeof levels)[number]) => (fields: LogFields, message: string) => {
    if (isEnabled(at)) lines.push({ ...fields, message })
  }
  const log = {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isEnabled,
  }
  const context = quietContext({ runId: 'run-1', signal, log })
  return { lines, context }
}

function open(apiUrl = store.url): StoreClient {
  const client = createClient(parseSettings({ apiUrl, storeHash: 'sandbox', accessToken: store.accessToken }))
  releases.push(() => client.close())
  return client
}

describe('the verbose log', () => {
  test('at DEBUG has one line for each request and its answer', async () => {
    store.fault({ status: 500, count: 1 })
    const { lines, context } = listen('debug')

    await open().get(path, context)

    const request = {
      store: 'sandbox',
      method: 'GET',
      path: '/v3/catalog/products',
      query: 'limit=1&include=images,variants',
      correlationId: 'run-1',
      waitedMs: expect.any(Number),
      durationMs: expect.any(Number),
      bytes: expect.any(Number),
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    }
    const rate = { quota: 150, quotaLeft: expect.any(Number), quotaResetMs: expect.any(Number), quotaWindowMs: 30_000 }
    expect(lines).toEqual(
      [
        {
          ...request,
          attempt: 1,
          status: 500,
          detail: expect.stringMatching(/^500/),
          reaction: 'retry',
          message: 'request failed',
        },
        { ...request, ...rate, attempt: 2, status: 200, message: 'request answered' },
      ].map(line => expect.objectContaining(line)),
    )
    expect(lines[1]?.['bytes']).toBeGreaterThan(100)
  })

  test('at TRACE tells a request before it is sent, and the bodies', async () => {
    const { lines, context } = listen('trace')
    const body = { name: 'A brand', meta_keywords: ['"quoted"'] }

    await open().send({ method: 'POST', path: '/v3/catalog/brands', body, isRepeatable: false }, context)

    expect(lines).toMatchObject([
      {
        message: 'request sent',
        method: 'POST',
        headers: { 'x-auth-token': '********', 'x-correlation-id': 'run-1', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      { message: 'request answered', status: 200, sentBytes: JSON.stringify(body).length },
      {
        message: 'answer received',
        headers: { 'content-type': expect.stringContaining('json'), 'x-request-id': expect.any(String) },
        body: expect.stringContaining('A brand'),
      },
    ])
    expect(JSON.stringify(lines)).not.toContain(store.accessToken)
    expect(lines[0]).not.toHaveProperty('status')
    expect(lines[1]).not.toHaveProperty('body')
  })

  test('masks fields that are secret by their names, in whatever form', async () => {
    const { lines, context } = listen('trace')
    const body = [
      { authentication: { new_password: 'hu"nter2\\' }, 'Access-Token': 'planted', cvv: 123, notes: 'the password' },
    ]

    await open().send({ method: 'POST', path: '/v3/customers', body, isRepeatable: false }, context)

    expect(JSON.parse(String(lines[0]?.['body']))).toEqual([
      {
        authentication: { new_password: '********' },
        'Access-Token': '********',
        cvv: '********',
        notes: 'the password',
      },
    ])
  })

  test('is silent in normal operation', async () => {
    const { lines, context } = listen('info')

    await open().get(path, context)

    expect(lines).toEqual([])
  })

  test('tells of a request that no store answered', async () => {
    const server = createServer(socket => socket.destroy())
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    releases.push(() => server.close())
    const { port } = server.address() as { port: number } // it listens on a port
    const { lines, context } = listen('debug')

    const patience = { attempts: 1, totalMs: 1_000 }
    await open(`http://127.0.0.1:${port}`)
      .get(path, context, patience)
      .catch(() => undefined)

    expect(lines).toMatchObject([{ message: 'request failed', attempt: 1, detail: expect.any(String) }])
    expect(lines[0]).not.toHaveProperty('status')
  })

  test('tells of a request that was given up', async () => {
    store.fault({ action: 'delay', delayMs: 20_000 })
    const stop = new AbortController()
    const { lines, context } = listen('debug', stop.signal)

    const reading = open()
      .get(path, context)
      .catch(() => undefined)
    setTimeout(() => stop.abort(), 50)
    await reading

    expect(lines).toMatchObject([{ message: 'request given up', path: '/v3/catalog/products' }])
  })
})
