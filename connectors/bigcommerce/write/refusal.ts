import type { WriteOutcome } from '../../sdk/connector.ts'
import { rejected } from './call.ts'

/** Codes of refused records; 423: something else holds it for the moment. */
const codes: { readonly [status: number]: string } = {
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  423: 'LOCKED',
  507: 'LIMIT_REACHED',
}

/** The outcome of a record that the store refused. */
export function refused(status: number, message: string): WriteOutcome {
  return rejected(codes[status] ?? 'REQUEST_REFUSED', message, status === 423)
}

/** The outcome of a record that may have been applied; `message` says what happened. */
export function inDoubt(message: string): WriteOutcome {
  return { status: 'unknown', message: `${message}; it may or may not have been applied` }
}
