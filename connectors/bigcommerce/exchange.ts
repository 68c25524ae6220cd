import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import type { RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
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
  /** Unpacked. */
  readonly body: string
  readonly durationMs: number
}

/** Sends single requests to one store, over connections of its own. */
export interface Line {
  /** Rejects when there is no whole answer, with whatever undici, zlib or node say; see `judge.ts`. */
  exchange(request: StoreRequest, context: RunContext): Promise<Exchange>
  close(): Promise<void>
}

const headersTimeoutMs = 30_000
const bodyTimeoutMs = 60_000
/** 250 products with everything included stay far below; more is not an answer of a store. */
export const maxBodyBytes = 64 * 1_048_576
const unzip = promisify(gunzip)

/** Opens a line; nothing is sent yet. */
export function createLine(settings: StoreSettings): Line {
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
  return {
    async exchange({ method, path, body }, context) {
      const startedAt = performance.now()
      const answer = await request(`${settings.baseUrl}${path}`, {
        dispatcher: agent,
        method,
        headers: {
          ...headers,
          'x-correlation-id': context.runId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: context.signal,
      })
      const text = await readBody(answer)
      const durationMs = Math.round(performance.now() - startedAt)
      return { status: answer.statusCode, headers: answer.headers, body: text, durationMs }
    },
    close: () => agent.destroy(),
  }
}

async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<string> {
  const announced = Number(headers['content-length'] ?? 0)
  if (announced > maxBodyBytes) {
    body.destroy()
    throw new ConnectorError('RESPONSE_INVALID', `the answer is larger than ${maxBodyBytes} bytes`)
  }
  if (headers['content-encoding'] !== 'gzip') return body.text()
  const packed = Buffer.from(await body.arrayBuffer())
  // A few kilobytes can unpack to gigabytes.
  return (await unzip(packed, { maxOutputLength: maxBodyBytes })).toString('utf8')
}
