import { ConnectorError, type ConnectorErrorCode } from '../sdk/errors.ts'

/** What to do with what is no success. */
export interface Reaction {
  /**
   * `retry`: wait longer each time; `wait`: nobody sends to the store until the time is over that it says, or that is
   * guessed; `doubt`: nobody knows whether it was applied, so only what can be repeated is tried again.
   */
  readonly act: 'fail' | 'retry' | 'wait' | 'doubt'
  /** What is thrown when it fails, or when trying again did not help. */
  readonly code: ConnectorErrorCode
  /** With `doubt`: the store may still be working on it, long after the platform has answered in its place. */
  readonly isLate?: true
}

/** What happened instead of a success. */
export interface Row {
  /** A status, a class of them, or what else can be told apart. */
  readonly sign: string
  readonly happens: string
  readonly read: Reaction
  /** `answer`: a refusal; nothing was applied, and it is the record's affair. */
  readonly write: Reaction | 'answer'
}

/**
 * Every failure and the reaction to it. Statuses by BigCommerce's "API status codes" page (read 2026-11). There are no
 * idempotency keys: a change that may have been applied is in doubt. `docs/bigcommerce-retries.md` is made of this.
 */
export const reactionTable: readonly Row[] = [
  row(
    'unsent',
    'the connection could not be made, or broke before a byte was sent',
    retry('NETWORK'),
    retry('NETWORK'),
  ),
  row('unnamed', 'the name of the host is not known (DNS)', fail('NETWORK'), fail('NETWORK')),
  row('untrusted', 'no TLS, or a certificate that is not trusted', fail('NETWORK'), fail('NETWORK')),
  row(
    'broken',
    'the connection broke, or was silent too long, after bytes were sent',
    retry('NETWORK'),
    doubt('NETWORK'),
  ),
  row('slow', 'the whole answer was not there in time, though bytes came', retry('NETWORK'), doubt('NETWORK')),
  row('headers', 'the headers of the answer are too large', fail('RESPONSE_INVALID'), doubt('RESPONSE_INVALID')),
  row('large', 'the body is too large, as it comes or unpacked', fail('RESPONSE_INVALID'), doubt('RESPONSE_INVALID')),
  row('damaged', 'the compressed body is damaged', retry('RESPONSE_INVALID'), doubt('RESPONSE_INVALID')),
  row(
    'no-json',
    'a success whose body is no JSON, cut off or of a proxy',
    retry('RESPONSE_INVALID'),
    doubt('RESPONSE_INVALID'),
  ),
  row('3xx', 'a redirect: the token must not follow it', fail('RESPONSE_INVALID'), fail('RESPONSE_INVALID')),
  row('401', 'the token is refused', fail('AUTHENTICATION_FAILED'), fail('AUTHENTICATION_FAILED')),
  row('403', 'a scope is missing, or the store is another', fail('PERMISSION_DENIED'), fail('PERMISSION_DENIED')),
  row('404', 'there is no such record or route', fail('NOT_FOUND'), 'answer'),
  row('408', 'the platform waited too long', retry('NETWORK'), late('NETWORK')),
  row('429', 'the quota is used up', wait('RATE_LIMITED'), wait('RATE_LIMITED')),
  row('429 without headers', 'the platform is busy; the wait is guessed', wait('RATE_LIMITED'), wait('RATE_LIMITED')),
  row('499', 'the platform takes it that we hung up', retry('NETWORK'), late('NETWORK')),
  row('4xx', 'any other refusal', fail('REQUEST_REFUSED'), 'answer'),
  row('501', 'the store cannot do it', fail('REQUEST_REFUSED'), 'answer'),
  // The store is down for maintenance: it applied nothing.
  row('503', 'the store is down', retry('VENDOR_UNAVAILABLE'), retry('VENDOR_UNAVAILABLE')),
  row('504', 'the platform waited too long for the store', retry('VENDOR_UNAVAILABLE'), late('VENDOR_UNAVAILABLE')),
  row('507', 'the limit of the plan is reached', fail('REQUEST_REFUSED'), 'answer'),
  row(
    '5xx',
    'any other failure of the store, like 500 and 502',
    retry('VENDOR_UNAVAILABLE'),
    doubt('VENDOR_UNAVAILABLE'),
  ),
]

/** The row of a sign; every sign has one. */
export function rowOf(sign: string): Row {
  const found = reactionTable.find(each => each.sign === sign)
  if (found === undefined) throw new ConnectorError('CONNECTOR_FAULT', `there is no reaction to ${sign}`)
  return found
}

/** The sign of a status that is no success. `isTimed`: the answer says how long to wait. */
export function signOfStatus(status: number, isTimed: boolean): string {
  if (status === 429) return isTimed ? '429' : '429 without headers'
  if (reactionTable.some(({ sign }) => sign === String(status))) return String(status)
  return status >= 500 ? '5xx' : status >= 400 ? '4xx' : '3xx'
}

const firstDelayMs = 500
const maxDelayMs = 30_000

/** Exponential back-off with full jitter; `attempt` counts from 1, `random` from 0 to 1. */
export function backOffMs(attempt: number, random: number): number {
  return Math.round(Math.min(maxDelayMs, firstDelayMs * 2 ** attempt) * random)
}

function row(sign: string, happens: string, read: Reaction, write: Row['write']): Row {
  return { sign, happens, read, write }
}

function fail(code: ConnectorErrorCode): Reaction {
  return { act: 'fail', code }
}

function retry(code: ConnectorErrorCode): Reaction {
  return { act: 'retry', code }
}

function wait(code: ConnectorErrorCode): Reaction {
  return { act: 'wait', code }
}

function doubt(code: ConnectorErrorCode): Reaction {
  return { act: 'doubt', code }
}

function late(code: ConnectorErrorCode): Reaction {
  return { act: 'doubt', code, isLate: true }
}
