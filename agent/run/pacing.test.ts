import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createClient, type StoreClient } from '../../connectors/bigcommerce/client.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { parseSettings } from '../../connectors/bigcommerce/settings.ts'
import type { PacedRequest, Pacing } from '../../connectors/sdk/connector.ts'
import { quietContext } from '../../connectors/sdk/quiet-context.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import { openRedis } from '../redis.ts'
import { startRedis, type TestRedis } from '../test/redis.ts'
import { readPacing } from './pacing/overview.ts'
import { createPacing, type HostPacing } from './pacing.ts'

let server: TestRedis
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

const releases: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})

const never = new AbortController().signal
const read: PacedRequest = { endpoint: 'GET /things', kind: 'read' }
const write: PacedRequest = { endpoint: 'PUT /things', kind: 'write' }
let prefixes = 0
const newPrefix = () => `test-${prefixes++}`

interface Process {
  readonly host: HostPacing
  readonly pacing: Pacing
  readonly log: readonly string[]
}

/** What one runner has: a connection of its own. */
async function startProcess(prefix: string): Promise<Process> {
  const redis = openRedis(server.url, 'request')
  releases.push(() => redis.disconnect())
  await redis.ping()
  const log: string[] = []
  const sink = (line: string) => void log.push(line)
  const loggers = createLoggers({ level: 'info', fields: {}, redactor: createRedactor(), sink })
  const host = createPacing({ redis, prefix, logger: loggers.get('agent.pacing') })
  releases.push(() => host.close())
  return { host, pacing: host.over('shop', 'test'), log }
}

async function openStore(options: SandboxOptions): Promise<Sandbox> {
  const store = await startSandbox({ products: 20, ...options })
  releases.push(() => store.close())
  return store
}

function openClient(store: Sandbox): StoreClient {
  const settings = { apiUrl: store.url, storeHash: store.storeHash, accessToken: store.accessToken }
  const client = createClient(parseSettings(settings))
  releases.push(() => client.close())
  return client
}

/** So many requests to the store, four at a time. */
async function readMuch(store: Sandbox, { pacing }: Process, requests: number): Promise<void> {
  const client = openClient(store)
  const context = quietContext({ pacing })
  let left = requests
  const lane = async () => {
    while (left-- > 0) await client.get('/v3/catalog/products?limit=1', context)
  }
  await Promise.all([lane(), lane(), lane(), lane()])
}

/** A stranger that asks every so often, whatever the store says, until it is stopped. */
function startStranger(store: Sandbox, everyMs: number): void {
  const stop = new AbortController()
  const client = openClient(store)
  const work = async () => {
    while (!stop.signal.aborted) {
      await client.get('/v2/time', quietContext(), { attempts: 1, totalMs: 1 }).catch(() => undefined)
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const ended = work()
  releases.push(() => {
    stop.abort()
    return ended
  })
}

const refusals = (store: Sandbox) => store.requests.filter(({ status }) => status === 429)
const quota = (remaining: number, resetMs: number, all = 100) => ({ quota: all, remaining, resetMs, windowMs: 30_000 })

/** Whether a request may go out now; gives up after a moment. */
const isFree = (pacing: Pacing, request = read) =>
  pacing.acquire('a', request, AbortSignal.timeout(300)).then(
    release => {
      release()
      return true
    },
    () => false,
  )

/** An account of which everything is known: nothing is kept for strangers. */
async function know({ pacing }: Process, { remaining, resetMs = 10_000 }: { remaining: number; resetMs?: number }) {
  const release = await pacing.acquire('a', read, never)
  pacing.report('a', quota(remaining, resetMs, remaining + 1))
  release()
}

describe('a quota', () => {
  test('is used up and never overrun by one reader', async () => {
    const store = await openStore({ plan: 'tiny' })
    const startedAt = performance.now()

    await readMuch(store, await startProcess(newPrefix()), 25)

    expect(refusals(store)).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(3 * 2_000)
  })

  test('is never overrun by two that share a Redis', async () => {
    const store = await openStore({ plan: 'tiny', latencyMs: 20 })
    const prefix = newPrefix()
    const startedAt = performance.now()

    await Promise.all([
      readMuch(store, await startProcess(prefix), 13),
      readMuch(store, await startProcess(prefix), 12),
    ])

    expect(refusals(store)).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(3 * 2_000)
  })

  test('is never overrun by us beside a stranger that takes a third', async () => {
    const store = await openStore({ plan: 'tiny', latencyMs: 5 })
    startStranger(store, 600)
    const prefix = newPrefix()

    await Promise.all([readMuch(store, await startProcess(prefix), 8), readMuch(store, await startProcess(prefix), 8)])

    expect(refusals(store).filter(({ path }) => path.includes('products'))).toEqual([])
  })

  test('is shown with what strangers took, by the names of connections', async () => {
    const prefix = newPrefix()
    const process = await startProcess(prefix)
    const redis = openRedis(server.url, 'request')
    releases.push(() => redis.disconnect())
    const release = await process.pacing.acquire('https://store.example/stores/hash', read, never)
    process.pacing.report('https://store.example/stores/hash', quota(69, 20_000))
    await process.host.close()

    const accounts = await readPacing(redis, prefix)

    const window = { quota: 100, windowMs: 30_000, left: 69, endsInMs: expect.any(Number), used: 1, usedByOthers: 30 }
    const inFlight = [{ endpoint: 'GET /things', requests: 1 }]
    expect(accounts).toEqual([
      expect.objectContaining({ connections: ['shop'], window, inFlight, waiting: 0, sent: 1 }),
    ])
    const stored = await Promise.all((await redis.keys(`${prefix}*`)).map(async key => key + (await redis.dump(key))))
    expect(stored.join()).not.toContain('store.example')
    release()
  })
})

describe('a turn', () => {
  test('of an endpoint is given to as many as the store allows, over all processes', async () => {
    const prefix = newPrefix()
    const [one, other] = [await startProcess(prefix), await startProcess(prefix)]
    await know(one, { remaining: 50 })
    const limited = { ...write, maxConcurrent: 2 }

    const first = await one.pacing.acquire('a', limited, never)
    await other.pacing.acquire('a', limited, never)
    const third = await isFree(other.pacing, limited)
    first()

    expect([third, await isFree(other.pacing, limited), await isFree(other.pacing, read)]).toEqual([false, true, true])
  })

  test('of a process that died comes back', async () => {
    const prefix = newPrefix()
    const [dead, alive] = [await startProcess(prefix), await startProcess(prefix)]
    await know(dead, { remaining: 50 })
    const limited = { ...write, maxConcurrent: 1 }
    await dead.pacing.acquire('a', limited, never)
    const redis = openRedis(server.url, 'request')
    releases.push(() => redis.disconnect())
    const before = await isFree(alive.pacing, limited)

    const [key = ''] = await redis.keys(`${prefix}:pacing:*:at:*`)
    const [id = '', runsOutAt] = await redis.zrange(key, 0, 0, 'WITHSCORES')
    await redis.zadd(key, Number(runsOutAt) - 100_000, id)

    expect([before, await isFree(alive.pacing, limited)]).toEqual([false, true])
  })

  test('that is not used after all is given back', async () => {
    const process = await startProcess(newPrefix())
    await know(process, { remaining: 50 })
    const limited = { ...write, maxConcurrent: 1 }
    const stop = new AbortController()
    const reason = new Error('canceled')

    const waiting = process.pacing.acquire('a', limited, stop.signal)
    setImmediate(() => stop.abort(reason))

    await expect(waiting).rejects.toBe(reason)
    await expect(process.pacing.acquire('a', limited, stop.signal)).rejects.toBe(reason)
    expect(await isFree(process.pacing, limited)).toBe(true)
  })

  test('is given to a write and a test beside a big read of another process', async () => {
    const prefix = newPrefix()
    const [reader, writer] = [await startProcess(prefix), await startProcess(prefix)]
    const tester = reader.host.over('shop', 'bigcommerce', 'test')
    await know(reader, { remaining: 0, resetMs: 400 })
    const order: string[] = []
    const wait = (pacing: Pacing, request: PacedRequest, name: string) =>
      pacing.acquire('a', request, AbortSignal.timeout(8_000)).then(
        () => void order.push(name),
        () => undefined,
      )

    const reads = Array.from({ length: 5 }, () => wait(reader.pacing, read, 'read'))
    const others = [wait(writer.pacing, write, 'write'), wait(tester, read, 'test')]
    await Promise.all(others)

    expect(order.filter(name => name === 'read').length).toBeLessThan(5)
    expect(order).toEqual(expect.arrayContaining(['write', 'test']))
    await Promise.all(reads)
  })
})

describe('a refusal', () => {
  test('for the quota stops all processes for as long as the store says', async () => {
    const prefix = newPrefix()
    const [one, other] = [await startProcess(prefix), await startProcess(prefix)]
    await know(one, { remaining: 50 })
    one.pacing.hold('a', 1_000, 'quota')
    await one.host.close()
    const startedAt = performance.now()

    await other.pacing.acquire('a', read, never)

    expect(performance.now() - startedAt).toBeGreaterThan(900)
  })

  test('for load stops all for longer each time, and lets fewer through at once', async () => {
    const prefix = newPrefix()
    const [one, other] = [await startProcess(prefix), await startProcess(prefix)]
    await know(one, { remaining: 50 })
    const turns = await Promise.all([1, 2, 3, 4].map(() => one.pacing.acquire('a', read, never)))
    const startedAt = performance.now()
    one.pacing.hold('a', 1, 'load')
    for (const release of turns) release()
    const isHeld = !(await isFree(one.pacing))

    const first = await other.pacing.acquire('a', read, never)
    const heldMs = performance.now() - startedAt
    other.pacing.hold('a', 1, 'load')
    first()
    await other.pacing.acquire('a', read, never)

    expect(isHeld).toBe(true)
    expect(heldMs).toBeGreaterThan(450)
    expect(performance.now() - startedAt - heldMs).toBeGreaterThan(950)
    expect(await isFree(one.pacing)).toBe(false)
  })
})

describe('without Redis', () => {
  test('a process goes on alone, cautiously, says so once, and comes back', async () => {
    const process = await startProcess(newPrefix())
    await know(process, { remaining: 49 })
    await server.kill()
    const startedAt = performance.now()

    for (let sent = 0; sent < 3; sent += 1) (await process.pacing.acquire('a', read, never))()
    const aloneMs = performance.now() - startedAt
    await server.start()
    while (process.log.length < 2) (await process.pacing.acquire('a', read, never))()

    // A fifth of 50 in 30 s is one each 3 s.
    expect(aloneMs).toBeGreaterThan(5_900)
    expect(process.log.map(line => (JSON.parse(line) as { message: string }).message)).toEqual([
      expect.stringContaining('paces its requests alone'),
      expect.stringContaining('together with all agents again'),
    ])
  }, 30_000)
})
