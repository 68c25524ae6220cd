import type { ConnectorErrorCode } from '../sdk/errors.ts'

/** What to do with an answer that is no success. */
export interface Reaction {
  /**
   * `retry`: wait longer each time; `wait`: as long as the store says; `doubt`: nobody knows whether it was applied, so
   * only what can be repeated is tried again.
   */
  readonly act: 'fail' | 'retry' | 'wait' | 'doubt'
  /** What is thrown when it fails, or when trying again did not help. */
  readonly code: ConnectorErrorCode
}

/** Statuses by BigCommerce's "API status codes" page (read 2026-11). 403 is also a wrong store hash. */
const reactions: { readonly [status: number]: Reaction } = {
  401: { act: 'fail', code: 'AUTHENTICATION_FAILED' },
  403: { act: 'fail', code: 'PERMISSION_DENIED' },
  404: { act: 'fail', code: 'NOT_FOUND' },
  408: { act: 'retry', code: 'NETWORK' },
  429: { act: 'wait', code: 'RATE_LIMITED' },
  501: { act: 'fail', code: 'REQUEST_REFUSED' },
  507: { act: 'fail', code: 'REQUEST_REFUSED' },
}

/** The reaction to a status that is no success. */
export function reactionTo(status: number): Reaction {
  const known = reactions[status]
  if (known !== undefined) return known
  if (status >= 500) return { act: 'retry', code: 'VENDOR_UNAVAILABLE' }
  if (status >= 400) return { act: 'fail', code: 'REQUEST_REFUSED' }
  // A redirect leads away from the store, and the token must not follow it.
  return { act: 'fail', code: 'RESPONSE_INVALID' }
}

/**
 * What to do with the answer to a write that is no success, where that is not to hand it back. There are no idempotency
 * keys: what may have been applied is in doubt. 503 is the store being down: it applied nothing.
 */
const writeReactions: { readonly [status: number]: Reaction | 'answer' } = {
  401: { act: 'fail', code: 'AUTHENTICATION_FAILED' },
  403: { act: 'fail', code: 'PERMISSION_DENIED' },
  408: { act: 'doubt', code: 'NETWORK' },
  429: { act: 'wait', code: 'RATE_LIMITED' },
  499: { act: 'doubt', code: 'NETWORK' },
  501: 'answer',
  503: { act: 'retry', code: 'VENDOR_UNAVAILABLE' },
  // The limit of the plan is reached: a refusal like those of 4xx.
  507: 'answer',
}

/** The reaction to a write's status that is no success; undefined: it is an answer. */
export function reactionToWrite(status: number): Reaction | undefined {
  const known = writeReactions[status]
  if (known !== undefined) return known === 'answer' ? undefined : known
  if (status >= 500) return { act: 'doubt', code: 'VENDOR_UNAVAILABLE' }
  if (status >= 400) return undefined
  return { act: 'fail', code: 'RESPONSE_INVALID' }
}

const firstDelayMs = 500
const maxDelayMs = 30_000

/** Exponential back-off with full jitter; `attempt` counts from 1, `random` from 0 to 1. */
export function backOffMs(attempt: number, random: number): number {
  return Math.round(Math.min(maxDelayMs, firstDelayMs * 2 ** attempt) * random)
}
