import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { LogFields } from '../sdk/connector.ts'
import { quietContext } from '../sdk/quiet-context.ts'
import { createClient, type WriteRequest } from './client.ts'
import { judgeThrown } from './judge.ts'
import { backOffMs, reactionTable } from './reactions.ts'
import { parseSettings } from './settings.ts'

const releases: (() => unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})

/** Something in the place of the store. */
async function serve(answer: RequestListener): Promise<string> {
  // Only so can it tell what was sent: a reset may overtake an answer.
  const server = createServer((request, response) => void request.resume().on('end', () => answer(request, response)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  releases.push(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}

/** What a request comes to, and in how many attempts. */
async function attempt(apiUrl: string, request: 'GET' | WriteRequest, deadlineMs?: number): Promise<string> {
  const client = createClient(
    parseSettings({ apiUrl, storeHash: 'abc', accessToken: 'a-token', compress: true }),
    deadlineMs,
  )
  releases.push(() => client.close())
  const attempts: LogFields[] = []
  const quiet = quietContext()
  const context = { ...quiet, log: { ...quiet.log, debug: (fields: LogFields) => void attempts.push(fields) } }
  const patience = { attempts: 2, totalMs: 20_000 }
  const work = request === 'GET' ? client.get('/v3/x', context, patience) : client.send(request, context, patience)
  const end = await work.then(
    answer => ('tag' in answer ? (answer.tag === 'uncertain' ? `doubt ${answer.code}` : 'answer') : 'answer'),
    (error: { readonly code: string }) => error.code,
  )
  return `${end}, ${attempts.length} sent`
}

const post: WriteRequest = { method: 'POST', path: '/v3/x', body: {}, isRepeatable: false }
const put: WriteRequest = { method: 'PUT', path: '/v3/x', body: {}, isRepeatable: true }
const status =
  (code: number, headers: { readonly [name: string]: string } = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(code, headers).end('{"title":"No."}')

/** Signs with what brings them about, and what becomes of a read, a change that may be repeated, and one that may not. */
const provoked: readonly (readonly [
  sign: string,
  how: RequestListener | string,
  read: string,
  put: string,
  post: string,
])[] = [
  ['unsent', 'http://127.0.0.1:1', 'NETWORK, 2 sent', 'NETWORK, 2 sent', 'NETWORK, 2 sent'],
  ['untrusted', 'https', 'NETWORK, 1 sent', 'NETWORK, 1 sent', 'NETWORK, 1 sent'],
  [
    'broken',
    (_request, response) => void response.socket?.resetAndDestroy(),
    'NETWORK, 2 sent',
    'doubt NETWORK, 2 sent',
    'doubt NETWORK, 1 sent',
  ],
  [
    'slow',
    (_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    },
    'NETWORK, 2 sent',
    'doubt NETWORK, 2 sent',
    'doubt NETWORK, 1 sent',
  ],
  [
    'headers',
    status(200, { 'x-large': 'x'.repeat(70_000) }),
    'RESPONSE_INVALID, 1 sent',
    'doubt RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 1 sent',
  ],
  [
    'large',
    (_request, response) => void response.writeHead(200, { 'content-length': 2 ** 30 }).write('{'),
    'RESPONSE_INVALID, 1 sent',
    'doubt RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 1 sent',
  ],
  [
    'damaged',
    (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"data":[]}').subarray(0, 15))
    },
    'RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 1 sent',
  ],
  [
    'no-json',
    (_request, response) => void response.end('{"data":['),
    'RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 2 sent',
    'doubt RESPONSE_INVALID, 1 sent',
  ],
  ['3xx', status(302), 'RESPONSE_INVALID, 1 sent', 'RESPONSE_INVALID, 1 sent', 'RESPONSE_INVALID, 1 sent'],
  [
    '401',
    status(401),
    'AUTHENTICATION_FAILED, 1 sent',
    'AUTHENTICATION_FAILED, 1 sent',
    'AUTHENTICATION_FAILED, 1 sent',
  ],
  ['403', status(403), 'PERMISSION_DENIED, 1 sent', 'PERMISSION_DENIED, 1 sent', 'PERMISSION_DENIED, 1 sent'],
  ['404', status(404), 'NOT_FOUND, 1 sent', 'answer, 1 sent', 'answer, 1 sent'],
  ['408', status(408), 'NETWORK, 2 sent', 'doubt NETWORK, 2 sent', 'doubt NETWORK, 1 sent'],
  [
    '429',
    status(429, { 'x-rate-limit-time-reset-ms': '1' }),
    'RATE_LIMITED, 2 sent',
    'RATE_LIMITED, 2 sent',
    'RATE_LIMITED, 2 sent',
  ],
  ['429 without headers', status(429), 'RATE_LIMITED, 2 sent', 'RATE_LIMITED, 2 sent', 'RATE_LIMITED, 2 sent'],
  ['499', status(499), 'NETWORK, 2 sent', 'doubt NETWORK, 2 sent', 'doubt NETWORK, 1 sent'],
  ['4xx', status(422), 'REQUEST_REFUSED, 1 sent', 'answer, 1 sent', 'answer, 1 sent'],
  ['501', status(501), 'REQUEST_REFUSED, 1 sent', 'answer, 1 sent', 'answer, 1 sent'],
  ['503', status(503), 'VENDOR_UNAVAILABLE, 2 sent', 'VENDOR_UNAVAILABLE, 2 sent', 'VENDOR_UNAVAILABLE, 2 sent'],
  [
    '504',
    status(504),
    'VENDOR_UNAVAILABLE, 2 sent',
    'doubt VENDOR_UNAVAILABLE, 2 sent',
    'doubt VENDOR_UNAVAILABLE, 1 sent',
  ],
  ['507', status(507), 'REQUEST_REFUSED, 1 sent', 'answer, 1 sent', 'answer, 1 sent'],
  [
    '5xx',
    status(500),
    'VENDOR_UNAVAILABLE, 2 sent',
    'doubt VENDOR_UNAVAILABLE, 2 sent',
    'doubt VENDOR_UNAVAILABLE, 1 sent',
  ],
]

describe('the table of reactions', () => {
  test.each(provoked)('%s', async (sign, how, read, repeatable, once) => {
    const listener = typeof how === 'string' ? status(200) : how
    const url = typeof how === 'string' && how !== 'https' ? how : await serve(listener)
    const apiUrl = how === 'https' ? url.replace('http:', 'https:') : url

    const deadlineMs = sign === 'slow' ? 300 : undefined

    const ends = await Promise.all((['GET', put, post] as const).map(request => attempt(apiUrl, request, deadlineMs)))

    expect(ends).toEqual([read, repeatable, once])
  })

  test('has no row that is not provoked here; a name that is not known would ask a name server', () => {
    const signs = provoked.map(([sign]) => sign)
    expect(reactionTable.map(({ sign }) => sign).filter(sign => !signs.includes(sign))).toEqual(['unnamed'])

    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    const signal = new AbortController().signal
    const failure = judgeThrown({ method: 'POST', path: '/v3/x' }, { cause, wasSent: false, signal })
    expect(failure).toMatchObject({ reaction: { act: 'fail', code: 'NETWORK' } })
  })
})

describe('a store that is down', () => {
  test.each([
    ['the body of price lists', { error: { code: 'SERVICE_DEGRADED', retry_after_seconds: 1 } }, {}],
    ['a header', {}, { 'retry-after': '1' }],
  ])('is waited for as long as it says in %s', async (_where, body, headers) => {
    let requests = 0
    const apiUrl = await serve((_request, response) => {
      requests += 1
      response.writeHead(requests === 1 ? 503 : 200, headers).end(JSON.stringify(body))
    })
    const startedAt = performance.now()

    expect(await attempt(apiUrl, post)).toBe('answer, 2 sent')
    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })
})

test('a message says how often and how long it was tried', async () => {
  const apiUrl = await serve(status(500))
  const client = createClient(parseSettings({ apiUrl, storeHash: 'abc', accessToken: 'a-token' }))
  releases.push(() => client.close())

  const work = client.get('/v3/x', quietContext(), { attempts: 2, totalMs: 20_000 })

  await expect(work).rejects.toThrow(/^GET \/v3\/x: 500 No\., tried 2 times in \d+\.\d s$/)
})

describe('backOffMs', () => {
  test('doubles up to half a minute, with full jitter', () => {
    expect([backOffMs(1, 1), backOffMs(2, 1), backOffMs(10, 1), backOffMs(3, 0)]).toEqual([1_000, 2_000, 30_000, 0])
  })
})
