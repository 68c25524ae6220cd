import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Agent, type Dispatcher, request } from 'undici'
import type { RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { quotaIn, waitAfterRefusal } from './pacer.ts'
import { backOffMs, type Reaction, reactionTo } from './reactions.ts'
import type { StoreSettings } from './settings.ts'

/** A successful answer. */
export interface Answer {
  readonly status: number
  /** Parsed JSON; undefined for an empty body (204: a v2 list without records). */
  readonly body: unknown
}

/** How long and how often one request may be tried. */
export interface Patience {
  readonly attempts: number
  readonly totalMs: number
}

/** The HTTP side of one connection; the only place that sends requests. */
export interface StoreClient {
  /**
   * GETs a path like `/v3/catalog/products?limit=250`, tried again where that can help. Throws a ConnectorError with
   * method, path, status, the store's own words and its request id; the signal's reason when aborted.
   */
  get(path: string, context: RunContext, patience?: Patience): Promise<Answer>
  close(): Promise<void>
}

const usualPatience: Patience = { attempts: 5, totalMs: 300_000 }
const headersTimeoutMs = 30_000
const bodyTimeoutMs = 60_000
/** 250 products with everything included stay far below; more is not an answer of a store. */
const maxBodyBytes = 64 * 1_048_576
const unzip = promisify(gunzip)

/** Opens a client with connections of its own; nothing is sent yet. */
export function createClient(settings: StoreSettings): StoreClient {
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

  async function send(path: string, context: RunContext): Promise<Exchange> {
    const startedAt = performance.now()
    const answer = await request(`${settings.baseUrl}${path}`, {
      dispatcher: agent,
      method: 'GET',
      headers: { ...headers, 'x-correlation-id': context.runId },
      signal: context.signal,
    })
    const body = await readBody(answer)
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body,
      durationMs: Math.round(performance.now() - startedAt),
    }
  }

  return {
    async get(path, context, patience = usualPatience) {
      const account = settings.baseUrl
      const endsAt = performance.now() + patience.totalMs
      for (let attempt = 1; ; attempt += 1) {
        await context.pacing.acquire(account, context.signal)
        const outcome = await send(path, context).then(judge, failed => judgeFailure(failed, context.signal))
        note(path, attempt, outcome, context)
        if (outcome.exchange !== undefined) {
          const quota = quotaIn(outcome.exchange.headers)
          if (quota !== undefined) context.pacing.report(account, quota)
        }
        if (outcome.tag === 'answer') return outcome.answer
        const waitMs = outcome.waitMs ?? backOffMs(attempt, Math.random())
        const isPatient = attempt < patience.attempts && performance.now() + waitMs < endsAt
        if (outcome.reaction.act === 'fail' || !isPatient) throw errorOf(path, attempt, outcome)
        if (outcome.reaction.act === 'wait') context.pacing.hold(account, waitMs)
        await sleep(waitMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted())
      }
    },
    close: () => agent.destroy(),
  }
}

interface Exchange {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly body: string
  readonly durationMs: number
}

type Outcome =
  | { readonly tag: 'answer'; readonly exchange: Exchange; readonly answer: Answer }
  | {
      readonly tag: 'failure'
      readonly exchange?: Exchange
      readonly reaction: Reaction
      readonly detail: string
      readonly waitMs?: number
      readonly cause?: unknown
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

function judge(exchange: Exchange): Outcome {
  const { status, body, headers } = exchange
  if (status < 200 || status >= 300) {
    const reaction = reactionTo(status)
    const waitMs = reaction.act === 'wait' ? waitAfterRefusal(headers) : undefined
    return {
      tag: 'failure',
      exchange,
      reaction,
      detail: `${status} ${wordsOf(body)}`.trim(),
      ...(waitMs === undefined ? {} : { waitMs }),
    }
  }
  if (status === 204 || body === '') return { tag: 'answer', exchange, answer: { status, body: undefined } }
  try {
    return { tag: 'answer', exchange, answer: { status, body: JSON.parse(body) as unknown } }
  } catch (cause) {
    const what = /^\s*</.test(body) ? 'a web page, perhaps of a proxy' : 'no JSON'
    return {
      tag: 'failure',
      exchange,
      reaction: { act: 'retry', code: 'RESPONSE_INVALID' },
      detail: `${status}, but the body is ${what}`,
      cause,
    }
  }
}

/** Codes of broken or impossible connections that no new attempt mends. */
const hopeless = new Set([
  'ENOTFOUND',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])

function judgeFailure(cause: unknown, signal: AbortSignal): Outcome {
  signal.throwIfAborted()
  if (cause instanceof ConnectorError)
    return { tag: 'failure', reaction: { act: 'fail', code: cause.code }, detail: cause.message, cause }
  const { code = '', message } = cause as NodeJS.ErrnoException // undici and node throw nothing else
  const isTooLarge = code === 'ERR_BUFFER_TOO_LARGE' || code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
  if (isTooLarge)
    return {
      tag: 'failure',
      reaction: { act: 'fail', code: 'RESPONSE_INVALID' },
      detail: `the answer has more than ${maxBodyBytes} bytes`,
      cause,
    }
  if (code.startsWith('Z_'))
    return {
      tag: 'failure',
      reaction: { act: 'retry', code: 'RESPONSE_INVALID' },
      detail: 'the compressed answer is damaged',
      cause,
    }
  const act = hopeless.has(code) ? 'fail' : 'retry'
  return { tag: 'failure', reaction: { act, code: 'NETWORK' }, detail: message || code, cause }
}

/** One line for each request, for support; silent in normal operation. */
function note(path: string, attempt: number, outcome: Outcome, { log }: RunContext): void {
  const { exchange } = outcome
  const request = { method: 'GET', path, attempt }
  const answer =
    exchange === undefined
      ? {}
      : {
          status: exchange.status,
          durationMs: exchange.durationMs,
          characters: exchange.body.length,
          quotaLeft: exchange.headers['x-rate-limit-requests-left'],
          requestId: exchange.headers['x-request-id'],
        }
  if (outcome.tag === 'answer') log.debug({ ...request, ...answer }, 'request answered')
  else log.debug({ ...request, ...answer, detail: outcome.detail, reaction: outcome.reaction.act }, 'request failed')
}

function errorOf(
  path: string,
  attempt: number,
  { reaction, detail, exchange, cause }: Outcome & { readonly tag: 'failure' },
): ConnectorError {
  const id = exchange?.headers['x-request-id']
  const tries = attempt > 1 ? `, tried ${attempt} times` : ''
  const request = typeof id === 'string' ? `, request ${id}` : ''
  return new ConnectorError(reaction.code, `GET ${path}: ${detail}${tries}${request}`, { cause })
}

const maxWords = 500

/** What the store says of a failure: v3 has `title` and `errors`, v2 a list of `message`s, gateways plain text. */
function wordsOf(body: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return /^\s*</.test(body) ? 'with a web page, perhaps of a proxy' : body.trim().slice(0, maxWords)
  }
  const problems = (Array.isArray(parsed) ? parsed : [parsed]) as {
    title?: string
    message?: string
    errors?: object
  }[] // any of them may be missing
  const texts = problems.flatMap(problem => {
    const errors = typeof problem?.errors === 'object' && problem.errors !== null ? Object.entries(problem.errors) : []
    return [problem?.title ?? problem?.message, ...errors.map(([field, text]) => `${field}: ${String(text)}`)]
  })
  return texts
    .filter(text => text !== undefined)
    .join('; ')
    .slice(0, maxWords)
}
