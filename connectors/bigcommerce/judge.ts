import { ConnectorError } from '../sdk/errors.ts'
import { type Exchange, maxBodyBytes, type StoreRequest, tooLarge, tooSlow } from './exchange.ts'
import { openJson, textOf } from './json.ts'
import { waitAfterRefusal, waitOf } from './pacer.ts'
import { type Reaction, type Row, rowOf, signOfStatus } from './reactions.ts'
import { wordsOf } from './words.ts'

/** What became of one attempt at a request. */
export type Outcome =
  | {
      readonly tag: 'answer'
      readonly exchange: Exchange
      /** Parses the body; of a GET it may throw a SyntaxError, see `openJson`. */
      readonly parse: () => unknown
    }
  | Failure

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
  const isSuccess = status >= 200 && status < 300
  if (!isSuccess) {
    const refusedMs = waitAfterRefusal(headers)
    const reaction = reactionTo(method, signOfStatus(status, refusedMs !== undefined))
    if (reaction !== 'answer') {
      const detail = `${status} ${wordsOf(textOf(body))}`.trim()
      const waitMs = reaction.act === 'wait' ? refusedMs : waitOf(exchange)
      return { tag: 'failure', exchange, reaction, detail, ...(waitMs === undefined ? {} : { waitMs }) }
    }
  }
  if (status === 204 || body.length === 0) return { tag: 'answer', exchange, parse: () => undefined }
  try {
    return { tag: 'answer', exchange, parse: method === 'GET' ? openJson(body) : parsed(body) }
  } catch (cause) {
    // A refusal in plain text is one all the same; a success that cannot be read leaves the question what it did.
    const text = textOf(body)
    if (!isSuccess) return { tag: 'answer', exchange, parse: () => text }
    const what = /^\s*</.test(text) ? 'a web page, perhaps of a proxy' : 'no JSON'
    const failure = failureOf(method, 'no-json', `${status}, but the body is ${what}`, cause)
    return { ...failure, exchange }
  }
}

function parsed(body: Buffer): () => unknown {
  const value: unknown = JSON.parse(textOf(body))
  return () => value
}

function reactionTo(method: StoreRequest['method'], sign: string): Row['write'] {
  const { read, write } = rowOf(sign)
  return method === 'GET' ? read : write
}

/** Codes of zlib begin with `Z_`; what is not here is a broken connection. */
const signs: { readonly [code: string]: string } = {
  ENOTFOUND: 'unnamed',
  CERT_HAS_EXPIRED: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'untrusted',
  ERR_SSL_WRONG_VERSION_NUMBER: 'untrusted',
  UND_ERR_HEADERS_OVERFLOW: 'headers',
  HPE_HEADER_OVERFLOW: 'headers',
  ERR_BUFFER_TOO_LARGE: 'large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'large',
  [tooLarge]: 'large',
  [tooSlow]: 'slow',
}

/** Judges what was thrown in place of an answer. Throws the signal's reason when it was that. */
export function judgeThrown(
  { method }: StoreRequest,
  { cause, wasSent, signal }: { readonly cause: unknown; readonly wasSent: boolean; readonly signal: AbortSignal },
): Failure {
  signal.throwIfAborted()
  const { code = '', message } = cause as NodeJS.ErrnoException // undici and node throw nothing else
  const sign = signs[code] ?? (code.startsWith('Z_') ? 'damaged' : 'broken')
  // Without a byte sent nothing is in doubt, whatever broke.
  if (!wasSent && (sign === 'broken' || sign === 'slow')) return failureOf(method, 'unsent', message || code, cause)
  switch (sign) {
    case 'headers':
      return failureOf(method, sign, 'the headers of the answer are too large', cause)
    case 'large':
      return failureOf(method, sign, `the answer has more than ${maxBodyBytes} bytes`, cause)
    case 'damaged':
      return failureOf(method, sign, 'the compressed answer is damaged', cause)
    default:
      return failureOf(method, sign, message || code, cause)
  }
}

function failureOf(method: StoreRequest['method'], sign: string, detail: string, cause: unknown): Failure {
  const reaction = reactionTo(method, sign)
  // Only statuses are answers.
  if (reaction === 'answer') throw new ConnectorError('CONNECTOR_FAULT', `${sign} is no answer`)
  return { tag: 'failure', reaction, detail, cause }
}

/** Every answer of the platform names the request; BigCommerce's support asks for it. */
export function requestIdOf(exchange: Exchange | undefined): string | undefined {
  const id = exchange?.headers['x-request-id']
  return typeof id === 'string' ? id : undefined
}
