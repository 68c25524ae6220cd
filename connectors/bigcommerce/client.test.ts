import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { QuotaReport, RunContext } from '../sdk/connector.ts'
import { createClient, type StoreClient } from './client.ts'
import { type Fault, type Sandbox, type SandboxOptions, startSandbox } from './sandbox/sandbox.ts'
import { parseSettings } from './settings.ts'

const path = '/v3/catalog/products?limit=1'
const mebibyte = 1024 * 1024
const releases: (() => unknown)[] = []
let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 20, plan: 'unlimited' })
})
afterAll(() => store.close())
afterEach(async () => {
  store.clearFaults()
  for (const release of releases.splice(0).reverse()) await release()
})

interface Ears {
  readonly context: RunContext
  readonly reports: readonly QuotaReport[]
  readonly holds: readonly number[]
}

function listen(signal = new AbortController().signal): Ears {
  const reports: QuotaReport[] = []
  const holds: number[] = []
  const log = () => undefined
  const context: RunContext = {
    runId: 'a-test',
    signal,
    log: { trace: log, debug: log, info: log, warn: log, error: log },
    pacing: {
      acquire: async () => () => undefined,
      report: (_account, quota) => void reports.push(quota),
      hold: (_account, waitMs) => void holds.push(waitMs),
    },
    state: { get: () => undefined, set: () => undefined },
    tell: () => undefined,
  }
  return { context, reports, holds }
}

function open(settings: object = {}): StoreClient {
  const client = createClient(
    parseSettings({ apiUrl: store.url, storeHash: 'sandbox', accessToken: store.accessToken, ...settings }),
  )
  releases.push(() => client.close())
  return client
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  )

/** Something else than a store, in its place. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  releases.push(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}

async function startOther(options: SandboxOptions): Promise<Sandbox> {
  const other = await startSandbox(options)
  releases.push(() => other.close())
  return other
}

describe('a request', () => {
  test('says who asks, for which run, and tells the quota of the answer', async () => {
    const { context, reports } = listen()

    const { status, body } = await open({ clientId: 'me' }).get(path, context)

    expect(status).toBe(200)
    expect(body).toMatchObject({ data: [{ id: 1 }] })
    expect(store.requests.at(-1)?.headers).toMatchObject({
      'x-auth-token': store.accessToken,
      'x-auth-client': 'me',
      'x-correlation-id': 'a-test',
      'accept-encoding': 'identity',
    })
    expect(reports).toEqual([
      { quota: 16_000_000, remaining: expect.any(Number), resetMs: expect.any(Number), windowMs: 30_000 },
    ])
  })

  test('unpacks a compressed answer', async () => {
    const all = '/v3/catalog/products?limit=20'

    const [packed, plain] = await Promise.all([
      open({ compress: true }).get(all, listen().context),
      open({ compress: false }).get(all, listen().context),
    ])

    expect(packed.body).toEqual(plain.body)
  })

  test('takes 204 for nothing', async () => {
    store.fault({ status: 204 })

    expect(await open().get('/v2/orders?page=999', listen().context)).toEqual({
      status: 204,
      body: undefined,
      bytes: 0,
    })
  })
})

describe('a failure that passes', () => {
  test.each<readonly [string, Fault]>([
    ['500', { status: 500 }],
    ['502 with a web page', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['408', { status: 408 }],
    ['a reset', { action: 'reset' }],
    ['half an answer', { action: 'truncate' }],
  ])('is tried again: %s', async (_what, fault) => {
    store.fault({ ...fault, count: 1 })
    const before = store.requestCount

    const { status } = await open().get(path, listen().context)

    expect(status).toBe(200)
    expect(store.requestCount - before).toBe(2)
  })

  test.each([
    ['JSON that is cut off', '{"data":[', 'no JSON'],
    ['a page of a proxy', ' <html>sign in</html>', 'a web page, perhaps of a proxy'],
  ])('is tried again, then told: 200 with %s', async (_what, body, detail) => {
    let requests = 0
    const apiUrl = await serve((_request, response) => {
      requests += 1
      response.end(body)
    })

    const failure = await failureOf(open({ apiUrl }).get(path, listen().context, { attempts: 2, totalMs: 30_000 }))

    expect(failure).toMatchObject({
      code: 'RESPONSE_INVALID',
      message: expect.stringContaining(`200, but the body is ${detail}, tried 2 times`),
    })
    expect(requests).toBe(2)
  })

  test.each<readonly [string, Fault, string, string]>([
    ['500', { status: 500 }, 'VENDOR_UNAVAILABLE', `GET ${path}: 500 Internal Server Error, tried 2 times in `],
    ['502', { status: 502 }, 'VENDOR_UNAVAILABLE', '502 with a web page, perhaps of a proxy'],
    ['a reset', { action: 'reset' }, 'NETWORK', `GET ${path}: `],
    ['429', { action: 'throttle-without-headers' }, 'RATE_LIMITED', '429 Too many requests, tried 2 times'],
  ])('is told when it does not: %s', async (_what, fault, code, message) => {
    store.fault(fault)

    const failure = await failureOf(open().get(path, listen().context, { attempts: 2, totalMs: 30_000 }))

    expect(failure).toMatchObject({ code, retryable: true, message: expect.stringContaining(message) })
  })

  test('is not waited for longer than somebody waits', async () => {
    const other = await startOther({ products: 1, plan: 'tiny' })
    const client = open({ apiUrl: other.url })
    for (let count = 1; count <= 10; count += 1) await client.get(path, listen().context)
    const startedAt = performance.now()

    const failure = await failureOf(client.get(path, listen().context, { attempts: 5, totalMs: 20 }))

    expect(failure).toMatchObject({ code: 'RATE_LIMITED' })
    expect(performance.now() - startedAt).toBeLessThan(1_500)
  })
})

describe('a refusal for its rate', () => {
  test('holds the account for as long as the store says, then goes through', async () => {
    const other = await startOther({ products: 1, plan: 'tiny' })
    const { context, holds, reports } = listen()
    const client = open({ apiUrl: other.url })

    for (let count = 1; count <= 11; count += 1) await client.get(path, context)

    expect(holds).toHaveLength(1)
    expect(holds[0]).toBeGreaterThan(0)
    expect(holds[0]).toBeLessThanOrEqual(2_000)
    expect(reports.find(({ remaining }) => remaining === 0)).toBeDefined()
  })

  test('backs off by itself when the store does not say how long', async () => {
    store.fault({ action: 'throttle-without-headers', count: 1 })
    const { context, holds } = listen()

    const { status } = await open().get(path, context)

    expect(status).toBe(200)
    expect(holds).toEqual([expect.any(Number)])
    expect(holds[0]).toBeLessThanOrEqual(1_000)
  })
})

describe('a failure that stays', () => {
  test.each([
    [400, 'REQUEST_REFUSED'],
    [401, 'AUTHENTICATION_FAILED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [422, 'REQUEST_REFUSED'],
  ])('is told at once: %d', async (status, code) => {
    store.fault({ status })
    const before = store.requestCount

    const failure = await failureOf(open().get(path, listen().context))

    expect(failure).toMatchObject({ code, retryable: false })
    expect(store.requestCount - before).toBe(1)
  })

  test('comes with the words of the store', async () => {
    const apiUrl = await serve((_request, response) =>
      response.writeHead(422, { 'x-request-id': 'abc' }).end('{"title":"Not valid","errors":{"limit":"is too large"}}'),
    )

    const failure = await failureOf(open({ apiUrl }).get(path, listen().context))

    expect(failure).toMatchObject({ message: `GET ${path}: 422 Not valid; limit: is too large, request abc` })
  })

  test.each(['null', '[null]', '5', '"x"', '[]', '{"errors":null}', '[{"errors":{"a":{}}}]', ''])(
    'is told whatever its body is: %j',
    async body => {
      const apiUrl = await serve((_request, response) => response.writeHead(422).end(body))

      const failure = await failureOf(open({ apiUrl }).get(path, listen().context))

      expect(failure).toMatchObject({ code: 'REQUEST_REFUSED' })
    },
  )

  test('is a redirect: the token does not follow it', async () => {
    const heard: unknown[] = []
    const elsewhere = await serve(({ headers }, response) => {
      heard.push(headers)
      response.end('{}')
    })
    const apiUrl = await serve((_request, response) => response.writeHead(302, { location: elsewhere }).end())

    const failure = await failureOf(open({ apiUrl }).get(path, listen().context))

    expect(failure).toMatchObject({ code: 'RESPONSE_INVALID', message: expect.stringContaining('302') })
    expect(heard).toEqual([])
  })

  test('is a host that does not speak TLS', async () => {
    const apiUrl = store.url.replace('http:', 'https:')

    const failure = await failureOf(open({ apiUrl }).get(path, listen().context))

    expect(failure).toMatchObject({ code: 'NETWORK', message: expect.not.stringContaining('tried') })
  })

  test('is a host where nobody listens, after some attempts', async () => {
    const failure = await failureOf(
      open({ apiUrl: 'http://127.0.0.1:1' }).get(path, listen().context, { attempts: 2, totalMs: 9_000 }),
    )

    expect(failure).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('ECONNREFUSED 127.0.0.1:1, tried 2'),
    })
  })
})

describe('an answer that is too large', () => {
  const portion = Buffer.alloc(mebibyte, 'x')

  test.each<readonly [string, RequestListener]>([
    [
      'announced',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 65 * mebibyte })
        response.write('{')
      },
    ],
    [
      'never ending',
      (_request, response) => {
        const more = () => {
          while (!response.destroyed && response.write(portion));
        }
        response.on('drain', more)
        more()
      },
    ],
    [
      'never ending, called compressed',
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        const more = () => {
          while (!response.destroyed && response.write(portion));
        }
        response.on('drain', more)
        more()
      },
    ],
    [
      'compressed',
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(65 * mebibyte)))
      },
    ],
  ])('is refused without being held: %s', async (_what, answer) => {
    const apiUrl = await serve(answer)

    const failure = await failureOf(open({ apiUrl, compress: true }).get(path, listen().context))

    expect(failure).toMatchObject({ code: 'RESPONSE_INVALID', message: expect.stringMatching(/larger|more than/) })
  })

  test('leaves the client usable', async () => {
    let requests = 0
    const apiUrl = await serve((_request, response) => {
      requests += 1
      if (requests > 1) return response.end('{"ok":true}')
      response.writeHead(200, { 'content-length': 65 * mebibyte })
      return response.write('{')
    })
    const client = open({ apiUrl })
    await failureOf(client.get(path, listen().context))

    expect((await client.get(path, listen().context)).body).toEqual({ ok: true })
  })

  test('is tried again when it is only damaged', async () => {
    let requests = 0
    const apiUrl = await serve((_request, response) => {
      requests += 1
      const packed = gzipSync('{"ok":true}')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(requests === 1 ? packed.subarray(0, 15) : packed)
    })

    expect((await open({ apiUrl }).get(path, listen().context)).body).toEqual({ ok: true })
  })
})

describe('an abort', () => {
  test.each<readonly [string, RequestListener]>([
    ['before any answer', () => undefined],
    [
      'in mid-answer',
      (_request, response) => {
        response.writeHead(200).write('{"data":[')
      },
    ],
    [
      'while it waits to try again',
      (_request, response) => {
        response.writeHead(429, { 'x-rate-limit-time-reset-ms': '60000' }).end()
      },
    ],
  ])('ends a request within two seconds, with its reason: %s', async (_when, answer) => {
    const stop = new AbortController()
    const reason = new Error('canceled')
    let startedAt = 0
    const apiUrl = await serve((request, response) => {
      answer(request, response)
      setTimeout(() => {
        startedAt = performance.now()
        stop.abort(reason)
      }, 50)
    })

    const failure = await failureOf(open({ apiUrl }).get(path, listen(stop.signal).context))

    expect(failure).toBe(reason)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
