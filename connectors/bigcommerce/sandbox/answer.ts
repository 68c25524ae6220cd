import { STATUS_CODES } from 'node:http'

/** What the sandbox answers, before headers that every answer carries. */
export interface Answer {
  readonly status: number
  readonly contentType?: 'application/json' | 'text/plain' | 'text/html'
  /** The body in pieces; none for an answer without a body. */
  readonly body: readonly Buffer[]
  /** The same URL gives the same bytes for ever, so its compressed form may be kept. */
  readonly isStable?: boolean
  /** A 429 that comes from load, not from quota, does not say when to come back. */
  readonly withoutRateHeaders?: boolean
  /** A 429 that comes from quota. */
  readonly isOutOfQuota?: boolean
}

export type ApiVersion = 'v2' | 'v3'

const statusPage = 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes'

/** An answer with that value as JSON. */
export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: [Buffer.from(JSON.stringify(value))] }
}

/** An answer of the gateway in front of the API, which speaks plain text. */
export function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain', body: [Buffer.from(text)] }
}

/** 204: how v2 says "none". */
export function noContent(): Answer {
  return { status: 204, body: [] }
}

/** The usual error of v3. */
export function errorV3(status: number, title: string, errors: { readonly [field: string]: string } = {}): Answer {
  return json(status, { status, title, type: statusPage, errors })
}

/** The usual error of v2: an array of one. */
export function errorV2(status: number, message: string): Answer {
  return json(status, [{ status, message }])
}

/** The route exists but the record does not. */
export function notFound(version: ApiVersion): Answer {
  return version === 'v3'
    ? errorV3(404, 'The requested resource was not found.')
    : errorV2(404, 'The requested resource was not found.')
}

/** The gateway knows no such path, or not with that method. */
export function routeNotFound(): Answer {
  return plain(404, 'The route is not found, check the URL')
}

/** The token lacks the scope, or belongs to another store: the service does not tell which. */
export function scopeMissing(): Answer {
  return errorV3(403, "You don't have a required scope to access the endpoint")
}

/** The quota of the store is used up. v2 says so with an empty body. */
export function tooManyRequests(version: ApiVersion): Answer {
  return version === 'v3' ? errorV3(429, 'Too many requests') : { status: 429, body: [] }
}

/** BigCommerce has this route, the sandbox does not: neither a success nor a 404 would be true. */
export function notEmulated(what: string): Answer {
  return json(501, { status: 501, title: `the sandbox does not emulate ${what} yet`, type: 'about:blank', errors: {} })
}

/** The body that goes with a status which a fault asks for. */
export function faultAnswer(status: number, version: ApiVersion): Answer {
  const reason = STATUS_CODES[status] ?? 'Unknown'
  if (status === 204) return noContent()
  if (status === 429) return tooManyRequests(version)
  if (status === 502) return html(status, reason)
  if (status === 504) return errorV3(status, '')
  if (status === 503) return error(version, status, 'The store is down for maintenance')
  return error(version, status, reason)
}

function error(version: ApiVersion, status: number, text: string): Answer {
  return version === 'v3' ? errorV3(status, text) : errorV2(status, text)
}

function html(status: number, reason: string): Answer {
  const page = `<html>\r\n<head><title>${status} ${reason}</title></head>\r\n<body>\r\n<center><h1>${status} ${reason}</h1></center>\r\n</body>\r\n</html>\r\n`
  return { status, contentType: 'text/html', body: [Buffer.from(page)] }
}
