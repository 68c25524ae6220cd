/** An emulator of a BigCommerce store over a real socket, for tests, demos and benchmarks. Never published. */
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { createGatekeeper, type SandboxToken } from './access.ts'
import { createBlockCache } from './block-cache.ts'
import { createBusy } from './busy.ts'
import type { Row } from './data/collection.ts'
import { createStoreRecords } from './data/store.ts'
import { createEngine, type Engine, faultTarget } from './engine.ts'
import { createFaults, type DueFault, type Fault, type Faults } from './faults.ts'
import { createLedger, keysOf, rowsOf } from './generic/ledger.ts'
import { createQuota, type PlanName, type Quota } from './quota.ts'
import { createRequestLog, type RequestLog, type SandboxRequest } from './request-log.ts'
import { createGzipStore, encode, type GzipStore, send, sendHalf } from './respond.ts'
import { createRouter } from './router.ts'
import { createRoutes } from './routes.ts'
import { createSelector } from './selection.ts'
import { defaultSwitches, type Switches } from './switches.ts'

export type { SandboxToken } from './access.ts'
export type { Fault } from './faults.ts'
export type { PlanName } from './quota.ts'
export type { SandboxRequest } from './request-log.ts'
export type { Switches } from './switches.ts'

/** What kind of store to start. Every field has a default. */
export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** Default 1000, at most 1,000,000. */
  readonly products?: number
  /** Default one for every 40 products, at least 5, at most 30,000. */
  readonly brands?: number
  /** Default one for every 25 products, at least 12, at most 16,000. */
  readonly categories?: number
  /** Default 200. */
  readonly customers?: number
  /** Default 100. */
  readonly orders?: number
  /** Default standard. */
  readonly plan?: PlanName
  /** Default 1. The same seed and sizes give the same bytes. */
  readonly seed?: number
  /** Default 0. */
  readonly latencyMs?: number
  /** Default `sandbox`. */
  readonly storeHash?: string
  /** Default one token `sandbox-token` with all scopes; it is added when none of the given ones has all. */
  readonly tokens?: readonly SandboxToken[]
  /** What nobody could verify of the service; defaults in `switches.ts`. */
  readonly switches?: Partial<Switches>
  /** Bytes of record text kept in memory. Default 512 MiB. */
  readonly cacheBytes?: number
}

/** A running store. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly storeHash: string
  /** A token with all scopes. */
  readonly accessToken: string
  /** The last 10,000 requests in the order they were answered. They hold the tokens that were sent. */
  readonly requests: readonly SandboxRequest[]
  readonly requestCount: number
  /** All records an object has now, by its name in the catalogue or by the path of one of its lists. */
  records(nameOrPath: string): readonly Row[]
  /** The keys of these records, as paths have them. */
  keys(nameOrPath: string): readonly string[]
  /** Makes something go wrong from now on. Faults come before routing and authentication. */
  fault(fault: Fault): void
  clearFaults(): void
  /** Breaks all connections and frees the port. May be called again. */
  close(): Promise<void>
}

const defaultToken: SandboxToken = { accessToken: 'sandbox-token', scopes: 'all' }
const mebibyte = 1024 * 1024
const defaultCacheBytes = 512 * mebibyte
const gzipCacheBytes = 128 * mebibyte

/** Starts a store; resolves when it listens. Rejects with the system's error when it cannot. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const tokens = tokensOf(options)
  const storeHash = options.storeHash ?? 'sandbox'
  const host = options.host ?? '127.0.0.1'
  const quota = createQuota(options.plan ?? 'standard')
  const faults = createFaults(options.seed)
  const log = createRequestLog()
  const stop = new AbortController()
  // Every request that is held back listens.
  setMaxListeners(0, stop.signal)
  const server = createServer({ keepAliveTimeout: 65_000, noDelay: true })
  const port = await listen(server, host, options.port ?? 0)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const store = storeOf(options, { url, storeHash, tokens, quota })
  const front = { engine: store.engine, quota, faults, log, gzip: createGzipStore(gzipCacheBytes), signal: stop.signal }
  const pace = { latencyMs: options.latencyMs ?? 0, tellsRetryAfter: options.switches?.retryAfter ?? false }
  server.on('request', (request, response) => {
    serve({ ...front, ...pace }, request, response).catch(() => response.destroy())
  })
  return {
    url,
    storeHash,
    accessToken: tokens.find(token => token.scopes === 'all')?.accessToken ?? defaultToken.accessToken,
    get requests() {
      return log.last()
    },
    get requestCount() {
      return log.count()
    },
    fault: fault => faults.add(fault),
    clearFaults: () => faults.clear(),
    records: nameOrPath => store.rowsOf(nameOrPath),
    keys: nameOrPath => store.keysOf(nameOrPath),
    close: () => close(server, stop),
  }
}

function tokensOf({ tokens = [] }: SandboxOptions): readonly SandboxToken[] {
  return tokens.some(token => token.scopes === 'all') ? tokens : [...tokens, defaultToken]
}

interface EngineSettings {
  readonly url: string
  readonly storeHash: string
  readonly tokens: readonly SandboxToken[]
  readonly quota: Quota
}

interface Store {
  readonly engine: Engine
  rowsOf(nameOrPath: string): readonly Row[]
  keysOf(nameOrPath: string): readonly string[]
}

function storeOf(options: SandboxOptions, { url, storeHash, tokens, quota }: EngineSettings): Store {
  const switches = { ...defaultSwitches, ...options.switches }
  const products = options.products ?? 1000
  const records = createStoreRecords({
    seed: options.seed ?? 1,
    products,
    brands: options.brands ?? Math.min(30_000, Math.max(5, Math.floor(products / 40))),
    categories: options.categories ?? Math.min(16_000, Math.max(12, Math.floor(products / 25))),
    customers: options.customers ?? 200,
    orders: options.orders ?? 100,
    storeHash,
    url,
  })
  const ledger = createLedger(records)
  const engine = createEngine({
    router: createRouter(createRoutes(ledger, { storeHash, plan: options.plan ?? 'standard', switches })),
    admit: createGatekeeper(tokens, storeHash),
    quota,
    cache: createBlockCache(options.cacheBytes ?? defaultCacheBytes),
    select: createSelector(),
    switches,
    busy: createBusy(),
  })
  return {
    engine,
    rowsOf: nameOrPath => rowsOf(ledger, nameOrPath),
    keysOf: nameOrPath => keysOf(ledger, nameOrPath),
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

async function close(server: Server, stop: AbortController): Promise<void> {
  stop.abort()
  if (!server.listening) return
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

interface Front {
  readonly engine: Engine
  readonly quota: Quota
  readonly faults: Faults
  readonly log: RequestLog
  readonly gzip: GzipStore
  readonly signal: AbortSignal
  readonly latencyMs: number
  readonly tellsRetryAfter: boolean
}

async function serve(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readText(request)
  const method = request.method ?? 'GET'
  const target = request.url ?? '/'
  const fault = front.faults.next(method, faultTarget(target))
  const reset = (): void => {
    front.log.add(request, body, 0)
    request.socket.resetAndDestroy()
  }
  const delayMs = fault?.delayMs ?? 0
  if (fault?.action === 'reset' && !fault.isApplied) {
    await pause(front, front.latencyMs + delayMs)
    reset()
    return
  }
  const waiting = { body, fault, pause: () => pause(front, front.latencyMs + delayMs) }
  await answer(front, request, response, waiting, reset)
}

/** Longer bodies than this the service does not take either. */
const longestBody = 32 * mebibyte

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request) {
    const bytes = piece as Buffer // no encoding is set
    sizeBytes += bytes.length
    if (sizeBytes <= longestBody) pieces.push(bytes)
  }
  return Buffer.concat(pieces).toString()
}

async function pause({ signal }: Front, waitMs: number): Promise<void> {
  if (waitMs > 0) await setTimeout(waitMs, undefined, { signal })
}

interface Waiting {
  readonly body: string
  readonly fault: DueFault | undefined
  pause(): Promise<void>
}

async function answer(
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
  waiting: Waiting,
  reset: () => void,
): Promise<void> {
  const { fault } = waiting
  const target = request.url ?? '/'
  const now = new Date()
  const token = request.headers['x-auth-token']
  const result = await front.engine({
    method: request.method ?? 'GET',
    target,
    token: Array.isArray(token) ? token[0] : token,
    now,
    ...waiting,
  })
  if (fault?.action === 'reset') {
    reset()
    return
  }
  const body = await encode(result, target, takesGzip(request), front.gzip)
  response.setHeader('X-Request-ID', randomBytes(16).toString('hex'))
  response.setHeader('Strict-Transport-Security', 'max-age=31536000; includeSubDomains')
  if (result.withoutRateHeaders !== true) {
    const headers = front.quota.headers(now.getTime())
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (result.isOutOfQuota === true && front.tellsRetryAfter) {
      response.setHeader('X-Retry-After', Math.ceil(Number(headers['X-Rate-Limit-Time-Reset-Ms']) / 1_000))
    }
  }
  front.log.add(request, waiting.body, result.status)
  if (fault?.action === 'truncate') sendHalf(response, result, body)
  else send(response, result, body)
}

function takesGzip(request: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/i.test(String(request.headers['accept-encoding'] ?? ''))
}
