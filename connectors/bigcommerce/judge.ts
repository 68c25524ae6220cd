import type { RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { type Exchange, maxBodyBytes, type StoreRequest } from './exchange.ts'
import { waitAfterRefusal } from './pacer.ts'
import { type Reaction, reactionTo, reactionToWrite } from './reactions.ts'
import { wordsOf } from './words.ts'

/** What became of one attempt at a request. */
export type Outcome = { readonly tag: 'answer'; readonly exchange: Exchange; readonly body: unknown } | Failure

/** An attempt that got no usable answer. */
export interface Failure {
  readonly tag: 'failure'
  readonly exchange?: Exchange
  readonly reaction: Reaction
  readonly detail: string
  readonly waitMs?: number
  readonly cause?: unknown
}

/** Judges a whole answer. One to a GET that is no success is a failure; a write may be answered by a refusal too. */
export function judge({ method }: StoreRequest, exchange: Exchange): Outcome {
  const { status, body, headers } = exchange
  const isRead = method === 'GET'
  const isSuccess = status >= 200 && status < 300
  const reaction = isSuccess ? undefined : isRead ? reactionTo(status) : reactionToWrite(status)
  if (reaction !== undefined) {
    const waitMs = reaction.act === 'wait' || !isRead ? waitAfterRefusal(headers) : undefined
    const detail = `${status} ${wordsOf(body)}`.trim()
    return { tag: 'failure', exchange, reaction, detail, ...(waitMs === undefined ? {} : { waitMs }) }
  }
  if (status === 204 || body === '') return { tag: 'answer', exchange, body: undefined }
  try {
    return { tag: 'answer', exchange, body: JSON.parse(body) as unknown }
  } catch (cause) {
    // A refusal in plain text is one all the same; a success that cannot be read leaves the question what it did.
    if (!isSuccess) return { tag: 'answer', exchange, body }
    const what = /^\s*</.test(body) ? 'a web page, perhaps of a proxy' : 'no JSON'
    const act = isRead ? 'retry' : 'doubt'
    const detail = `${status}, but the body is ${what}`
    return { tag: 'failure', exchange, reaction: { act, code: 'RESPONSE_INVALID' }, detail, cause }
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

/** Codes of connections that never came about: nothing was sent. */
const unconnected = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** Judges what was thrown in place of an answer. Throws the signal's reason when it was that. */
export function judgeThrown({ method }: StoreRequest, cause: unknown, signal: AbortSignal): Failure {
  signal.throwIfAborted()
  const isRead = method === 'GET'
  if (cause instanceof ConnectorError) return failure(isRead ? 'fail' : 'doubt', cause.code, cause.message, cause)
  const { code = '', message } = cause as NodeJS.ErrnoException // undici and node throw nothing else
  if (code === 'ERR_BUFFER_TOO_LARGE' || code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    const detail = `the answer has more than ${maxBodyBytes} bytes`
    return failure(isRead ? 'fail' : 'doubt', 'RESPONSE_INVALID', detail, cause)
  }
  if (code.startsWith('Z_'))
    return failure(isRead ? 'retry' : 'doubt', 'RESPONSE_INVALID', 'the compressed answer is damaged', cause)
  if (hopeless.has(code)) return failure('fail', 'NETWORK', message || code, cause)
  return failure(isRead || isUnconnected(cause) ? 'retry' : 'doubt', 'NETWORK', message || code, cause)
}

function failure(act: Reaction['act'], code: Reaction['code'], detail: string, cause: unknown): Failure {
  return { tag: 'failure', reaction: { act, code }, detail, cause }
}

/** With several addresses node reports a failure for each of them in one. */
function isUnconnected(cause: unknown): boolean {
  const { code = '', errors } = cause as NodeJS.ErrnoException & { readonly errors?: readonly unknown[] } // as above
  if (errors !== undefined && errors.length > 0) return errors.every(isUnconnected)
  return unconnected.has(code) || (code === 'ETIMEDOUT' && (cause as NodeJS.ErrnoException).syscall === 'connect')
}

/** One line for each request, for support; silent in normal operation. */
export function note({ method, path }: StoreRequest, attempt: number, outcome: Outcome, { log }: RunContext): void {
  const { exchange } = outcome
  const request = { method, path, attempt }
  const answer =
    exchange === undefined
      ? {}
      : {
          status: exchange.status,
          durationMs: exchange.durationMs,
          characters: exchange.body.length,
          quotaLeft: exchange.headers['x-rate-limit-requests-left'],
          requestId: requestIdOf(exchange),
        }
  if (outcome.tag === 'answer') log.debug({ ...request, ...answer }, 'request answered')
  else log.debug({ ...request, ...answer, detail: outcome.detail, reaction: outcome.reaction.act }, 'request failed')
}

/** Every answer of the platform names the request; BigCommerce's support asks for it. */
export function requestIdOf(exchange: Exchange | undefined): string | undefined {
  const id = exchange?.headers['x-request-id']
  return typeof id === 'string' ? id : undefined
}
