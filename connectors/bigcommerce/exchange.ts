import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import type { RunContext } from '../sdk/connector.ts'
import type { PacedEndpoint } from './endpoint.ts'
import type { StoreSettings } from './settings.ts'

/** What is sent. */
export interface StoreRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Like `/v3/catalog/products?limit=250`. */
  readonly path: string
  /** JSON text. */
  readonly body?: string
  /** What the catalogue knows of the endpoint; absent: it is guessed from the path. */
  readonly endpoint?: PacedEndpoint
}

/** A whole answer, whatever its status. */
export interface Exchange {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  /** Unpacked; UTF-8 as a rule. */
  readonly body: Buffer
  readonly durationMs: number
}

/** Sends single requests to one store, over connections of its own. */
export interface Line {
  /**
   * Rejects when there is no whole answer, with whatever undici, zlib or node say; see `judge.ts`. `onStart` is called
   * right before the first byte goes out: without it nothing was sent.
   */
  exchange(request: StoreRequest, context: RunContext, onStart: () => void): Promise<Exchange>
  /** What is sent before the body, the access token among it. */
  headersOf(request: StoreRequest, runId: string): SentHeaders
  close(): Promise<void>
}

/** Headers of a request, by their names in small letters. */
export type SentHeaders = { readonly [name: string]: string }

const headersTimeoutMs = 30_000
const bodyTimeoutMs = 60_000
/** The time-outs above begin anew with each byte; a store that answers one now and then must end too. */
const usualDeadlineMs = 120_000
/** The code of the error that an exchange which takes too long rejects with. */
export const tooSlow = 'EXCHANGE_TOO_SLOW'
/** 250 products with everything included stay far below; more is not an answer of a store. */
export const maxBodyBytes = 64 * 1_048_576
/** The code of the error that an answer which announces more rejects with. */
export const tooLarge = 'ANSWER_TOO_LARGE'
const unzip = promisify(gunzip)

/** Opens a line; nothing is sent yet. `deadlineMs` is the longest that one exchange may take, default 120,000. */
export function createLine(settings: StoreSettings, deadlineMs = usualDeadlineMs): Line {
  const agent = new Agent({
    connections: 16,
    keepAliveTimeout: 30_000,
    connect: { timeout: 10_000 },
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
    // A body need not announce its size.
    maxResponseSize: maxBodyBytes,
  })
  const headers = {
    'x-auth-token': settings.accessToken,
    accept: 'application/json',
    'accept-encoding': settings.compress ? 'gzip' : 'identity',
    'user-agent': 'commerce-agent',
    ...(settings.clientId === undefined ? {} : { 'x-auth-client': settings.clientId }),
  }
  const headersOf: Line['headersOf'] = ({ body }, runId) => ({
    ...headers,
    'x-correlation-id': runId,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  })
  return {
    headersOf,
    async exchange(sent, context, onStart) {
      const { method, path, body } = sent
      const startedAt = performance.now()
      const deadline = startDeadline(deadlineMs, context.signal)
      try {
        const answer = await request(`${settings.baseUrl}${path}`, {
          dispatcher: agent.compose(dispatch => (options, handler) => dispatch(options, heard(handler, onStart))),
          method,
          headers: headersOf(sent, context.runId),
          ...(body === undefined ? {} : { body }),
          signal: deadline.signal,
        })
        const bytes = await readBody(answer)
        const durationMs = Math.round(performance.now() - startedAt)
        return { status: answer.statusCode, headers: answer.headers, body: bytes, durationMs }
      } finally {
        deadline.stop()
      }
    },
    close: () => agent.destroy(),
  }
}

async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<Buffer> {
  const announced = Number(headers['content-length'] ?? 0)
  if (announced > maxBodyBytes) {
    body.destroy()
    throw Object.assign(new Error(`the answer is larger than ${maxBodyBytes} bytes`), { code: tooLarge })
  }
  const bytes = Buffer.from(await body.arrayBuffer())
  if (headers['content-encoding'] !== 'gzip') return bytes
  // A few kilobytes can unpack to gigabytes.
  return unzip(bytes, { maxOutputLength: maxBodyBytes })
}

/** A signal that aborts with the run's, or when the time is over. `AbortSignal.any` leaks in Node 20. */
function startDeadline(ms: number, signal: AbortSignal): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const follow = () => controller.abort(signal.reason)
  const late = Object.assign(new Error(`there was no whole answer within ${ms / 1_000} s`), { code: tooSlow })
  const timer = setTimeout(() => controller.abort(late), ms)
  if (signal.aborted) follow()
  else signal.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
  }
}

/** Undici starts a request on a connection that is open, right before it writes. */
function heard(handler: Dispatcher.DispatchHandler, onStart: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(...given) {
      onStart()
      handler.onRequestStart?.(...given)
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  }
}
