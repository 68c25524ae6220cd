import type { IncomingHttpHeaders } from 'undici/types/header.js'
import type { LogFields, Logger, RunContext } from '../sdk/connector.ts'
import type { Line, StoreRequest } from './exchange.ts'
import { textOf } from './json.ts'
import { type Outcome, requestIdOf } from './judge.ts'

/**
 * The verbose log, for support; silent in normal operation. At DEBUG one line for each request and its answer, at TRACE
 * what was sent and what came besides. Nothing is made for lines that nobody reads.
 */
export interface VerboseLog {
  /** Right before a request goes out: of one that never ends this is all there is. */
  sent(request: StoreRequest, attempt: number): void
  /** At its end, whatever that is. */
  ended(request: StoreRequest, attempt: number, ending: Ending): void
}

/** How an attempt ended. */
export interface Ending {
  /** Absent: the run was stopped meanwhile, or its journal did not let the request go. */
  readonly outcome: Outcome | undefined
  /** For its turn. */
  readonly waitedMs: number
  /** From then on. */
  readonly tookMs: number
}

/** The verbose log of requests to one store on behalf of one run. */
export function createVerboseLog(
  store: string,
  { log, runId }: Pick<RunContext, 'log' | 'runId'>,
  headersOf: Line['headersOf'],
): VerboseLog {
  const about = ({ method, path }: StoreRequest, attempt: number): LogFields => {
    const [bare, query] = [path.split('?', 1)[0], path.split('?').slice(1).join('?')]
    const question = query === '' ? {} : { query }
    return { store, method, path: bare, ...question, attempt, correlationId: runId }
  }
  return {
    sent(request, attempt) {
      if (!isRead(log, 'trace')) return
      const headers = withoutSecrets(headersOf(request, runId))
      log.trace({ ...about(request, attempt), headers, ...bodyField(request.body) }, 'request sent')
    },
    ended(request, attempt, { outcome, waitedMs, tookMs }) {
      if (!isRead(log, 'debug')) return
      const durationMs = outcome?.exchange?.durationMs ?? Math.round(tookMs)
      const times = { waitedMs: Math.round(waitedMs), durationMs }
      const fields = {
        ...about(request, attempt),
        ...sizeOf('sentBytes', request.body),
        ...answerFields(outcome),
        ...times,
      }
      if (outcome === undefined) return log.debug(fields, 'request given up')
      if (outcome.tag === 'answer') log.debug(fields, 'request answered')
      else log.debug({ ...fields, detail: outcome.detail, reaction: outcome.reaction.act }, 'request failed')
      const { exchange } = outcome
      if (!isRead(log, 'trace') || exchange === undefined) return
      const body = exchange.body.length === 0 ? {} : bodyField(textOf(exchange.body))
      log.trace({ ...fields, headers: withoutSecrets(exchange.headers), ...body }, 'answer received')
    },
  }
}

/** A host that cannot tell gets every line. */
function isRead(log: Logger, level: 'debug' | 'trace'): boolean {
  return log.isEnabled?.(level) ?? true
}

function answerFields(outcome: Outcome | undefined): LogFields {
  const exchange = outcome?.exchange
  if (exchange === undefined) return {}
  const { status, body, headers } = exchange
  return { status, ...sizeOf('bytes', body), ...rateFields(headers), requestId: requestIdOf(exchange) }
}

function sizeOf(field: 'bytes' | 'sentBytes', body: string | Buffer | undefined): LogFields {
  return body === undefined ? {} : { [field]: Buffer.byteLength(body) }
}

/** What the headers say of the rate, as they say it: an odd value is what support looks for. */
function rateFields(headers: IncomingHttpHeaders): LogFields {
  const said = Object.entries(rateHeaders).map(([field, header]) => [field, rateValue(headers[header])] as const)
  return Object.fromEntries(said.filter(([, value]) => value !== undefined))
}

const rateHeaders = {
  quota: 'x-rate-limit-requests-quota',
  quotaLeft: 'x-rate-limit-requests-left',
  quotaResetMs: 'x-rate-limit-time-reset-ms',
  quotaWindowMs: 'x-rate-limit-time-window-ms',
  retryAfter: 'retry-after',
  xRetryAfter: 'x-retry-after',
} as const

function rateValue(header: string | string[] | undefined): string | number | undefined {
  if (header === undefined) return undefined
  return /^\d{1,15}$/.test(String(header)) ? Number(header) : String(header)
}

/** Who we are goes to the store alone; what it wants to be told again goes to nobody. */
function withoutSecrets(headers: IncomingHttpHeaders): LogFields {
  const shown = Object.entries(headers).filter(([name]) => !/cookie/i.test(name))
  return Object.fromEntries(
    shown.map(([name, value]) => [name, /^(x-auth-|authorization)/i.test(name) ? '********' : value]),
  )
}

function bodyField(body: string | undefined): LogFields {
  return body === undefined ? {} : { body: withoutCredentials(body) }
}

/**
 * Values of fields that are secret by their names, whoever they belong to; the host masks those it knows by value. A name
 * is bounded, so that a long text with such words in it is not searched again from each of them.
 */
const credential =
  /("[^"\\]{0,60}(?:password|secret|token|authorization|api_?key|card_?number|security_?code|cvv)[^"\\]{0,60}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|\d+)/gi

function withoutCredentials(body: string): string {
  return body.replace(credential, '$1"********"')
}
