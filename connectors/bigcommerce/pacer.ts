import type { IncomingHttpHeaders } from 'undici/types/header.js'
import type { QuotaReport } from '../sdk/connector.ts'
import { textOf } from './json.ts'

/** The store's word on its quota, which all apps share; undefined when an answer does not say it (platform errors). */
export function quotaIn(headers: IncomingHttpHeaders): QuotaReport | undefined {
  const [quota, remaining, resetMs, windowMs] = ['quota', 'left', 'reset', 'window'].map(name =>
    numberIn(headers, headerOf[name]),
  )
  if (quota === undefined || remaining === undefined || resetMs === undefined || windowMs === undefined)
    return undefined
  return { quota, remaining, resetMs, windowMs }
}

/** One documentation page calls the reset the size of the window; it is what is left of it. */
const headerOf: { readonly [name: string]: string } = {
  quota: 'x-rate-limit-requests-quota',
  left: 'x-rate-limit-requests-left',
  reset: 'x-rate-limit-time-reset-ms',
  window: 'x-rate-limit-time-window-ms',
}

/** How long a refused request has to wait; undefined when the answer does not say it: then it is the platform's load. */
export function waitAfterRefusal(headers: IncomingHttpHeaders): number | undefined {
  const resetMs = numberIn(headers, headerOf['reset'])
  const retryAfterSeconds = numberIn(headers, 'x-retry-after') ?? numberIn(headers, 'retry-after')
  if (resetMs === undefined && retryAfterSeconds === undefined) return undefined
  return Math.max(resetMs ?? 0, (retryAfterSeconds ?? 0) * 1_000)
}

/** How long a store that is down asks to wait: in a header, or (price lists) in the body as `error.retry_after_seconds`. */
export function waitOf({
  headers,
  body,
}: {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}): number | undefined {
  const seconds = numberIn(headers, 'x-retry-after') ?? numberIn(headers, 'retry-after') ?? secondsIn(textOf(body))
  return seconds === undefined ? undefined : seconds * 1_000
}

function secondsIn(body: string): number | undefined {
  const [, digits] = /"retry_after_seconds"\s*:\s*(\d{1,6})\b/.exec(body) ?? []
  return digits === undefined ? undefined : Number(digits)
}

function numberIn(headers: IncomingHttpHeaders, name = ''): number | undefined {
  const text = headers[name]
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : undefined
}
