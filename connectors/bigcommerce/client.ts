import { setTimeout as sleep } from 'node:timers/promises'
import type { RunContext } from '../sdk/connector.ts'
import { ConnectorError, type ConnectorErrorCode } from '../sdk/errors.ts'
import { type PacedEndpoint, pacedRequestOf } from './endpoint.ts'
import { createLine, type Line, type StoreRequest } from './exchange.ts'
import { type Failure, judge, judgeThrown, type Outcome, requestIdOf } from './judge.ts'
import { quotaIn } from './pacer.ts'
import { backOffMs } from './reactions.ts'
import type { StoreSettings } from './settings.ts'
import { createVerboseLog } from './verbose.ts'
import { wordsIn, wordsOf } from './words.ts'

/** A successful answer. */
export interface Answer {
  readonly status: number
  /**
   * Parsed JSON; undefined for an empty body (204: a v2 list without records). Parsed when it is looked at, each time anew;
   * throws RESPONSE_INVALID when a record of a long list is no JSON.
   */
  readonly body: unknown
  /** Length of the body as it was unpacked. */
  readonly bytes: number
}

/** How long and how often one request may be tried. */
export interface Patience {
  readonly attempts: number
  readonly totalMs: number
}

/** A request that changes something. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown
  /** Applied twice it does what it does once: it may be sent again when nobody knows whether it was applied. */
  readonly isRepeatable: boolean
  /** Absent: guessed from the path. */
  readonly endpoint?: PacedEndpoint
  /** Awaited right before each attempt; when it rejects nothing is sent, and that is thrown as it is. */
  readonly announce?: () => Promise<void>
}

/** A request that reads. */
export type ReadRequest = Pick<StoreRequest, 'path' | 'endpoint'>

/** What became of a write. */
export type WriteAnswer =
  | {
      readonly tag: 'answered'
      /** 2xx, or a refusal: then nothing was applied, unless the body tells of parts. */
      readonly status: number
      /** Parsed JSON, the text where it is none, undefined where there is none. */
      readonly body: unknown
      /** Method, path, status, the store's own words and its request id. */
      readonly message: string
      readonly requestId?: string
      /** An attempt before this one may have been applied. */
      readonly isAfterDoubt: boolean
    }
  | {
      readonly tag: 'uncertain'
      /** What the last attempt ran into. */
      readonly code: ConnectorErrorCode
      readonly message: string
      /** The store may still be working on it, for half a minute. */
      readonly isLate: boolean
      readonly requestId?: string
    }

/** The HTTP side of one connection; the only place that sends requests. */
export interface StoreClient {
  /**
   * GETs a path like `/v3/catalog/products?limit=250`, tried again where that can help. Throws a ConnectorError with
   * method, path, status, the store's own words and its request id; the signal's reason when aborted. A path alone: its
   * endpoint is guessed.
   */
  get(request: string | ReadRequest, context: RunContext, patience?: Patience): Promise<Answer>
  /**
   * Writes. BigCommerce knows no idempotency key, so a request is sent again only when it is certain that nothing was
   * applied, or when it is repeatable. Throws what ends the work: a token that is refused, a store that stays away.
   */
  send(request: WriteRequest, context: RunContext, patience?: Patience): Promise<WriteAnswer>
  /** How far the store's clock is ahead of this machine's, by its last answer, to a second; undefined: it never said. */
  clockOffsetMs(): number | undefined
  close(): Promise<void>
}

const usualPatience: Patience = { attempts: 5, totalMs: 300_000 }

/** Opens a client with connections of its own; nothing is sent yet. `deadlineMs`: see `createLine`. */
export function createClient(settings: StoreSettings, deadlineMs?: number): StoreClient {
  const line = createLine(settings, deadlineMs)
  let offsetMs: number | undefined
  const settle = createSettler(line, settings, date => {
    const ahead = Date.parse(date ?? '') - Date.now()
    if (!Number.isNaN(ahead)) offsetMs = ahead
  })
  return {
    async get(wanted, context, patience = usualPatience) {
      const request = { method: 'GET', ...(typeof wanted === 'string' ? { path: wanted } : wanted) } as const
      const settled = await settle(request, { context, patience, isRepeatable: true })
      if (settled.tag === 'failure') throw errorOf(request, settled)
      const { exchange, parse } = settled
      return {
        status: exchange.status,
        bytes: exchange.body.length,
        get body() {
          return parsedBy(parse, request, settled)
        },
      }
    },
    async send({ body, isRepeatable, announce, ...rest }, context, patience = usualPatience) {
      const request = { ...rest, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      const settled = await settle(request, { context, patience, isRepeatable, announce })
      return answerOf(request, settled)
    },
    clockOffsetMs: () => offsetMs,
    close: () => line.close(),
  }
}

/** Tries a request until there is an answer, or no new attempt may be made. */
type Settler = (request: StoreRequest, manner: Manner) => Promise<Settled>

function createSettler(
  line: Line,
  { baseUrl: account, storeHash }: StoreSettings,
  onDate: (date: string | undefined) => void,
): Settler {
  async function attemptOnce(request: StoreRequest, attempt: number, manner: Manner): Promise<Outcome> {
    const { context, announce } = manner
    const verbose = createVerboseLog(storeHash, context, line.headersOf)
    const askedAt = performance.now()
    const release = await context.pacing.acquire(account, pacedRequestOf(request), context.signal)
    const startedAt = performance.now()
    let outcome: Outcome | undefined
    try {
      outcome = await exchangeOnce(request, { context, announce, onSend: () => verbose.sent(request, attempt) })
      onDate(outcome.exchange?.headers['date']?.toString())
      const quota = outcome.exchange === undefined ? undefined : quotaIn(outcome.exchange.headers)
      if (quota !== undefined) context.pacing.report(account, quota)
      return outcome
    } finally {
      // After the report: once the turn is over, what is left counts without it.
      release()
      const tookMs = performance.now() - startedAt
      verbose.ended(request, attempt, { outcome, waitedMs: startedAt - askedAt, tookMs })
    }
  }

  async function exchangeOnce(
    request: StoreRequest,
    { context, announce, onSend }: Pick<Manner, 'context' | 'announce'> & { readonly onSend: () => void },
  ): Promise<Outcome> {
    await announce?.()
    onSend()
    let wasSent = false
    const onStart = () => {
      wasSent = true
    }
    return line.exchange(request, context, onStart).then(
      exchange => judge(request, exchange),
      cause => judgeThrown(request, { cause, wasSent, signal: context.signal }),
    )
  }

  return async (request: StoreRequest, manner) => {
    const { context, patience, isRepeatable } = manner
    const startedAt = performance.now()
    const endsAt = startedAt + patience.totalMs
    let isInDoubt = false
    let isLate = false
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(request, attempt, manner)
      const history = () => ({ attempt, tookMs: performance.now() - startedAt, isInDoubt, isLate })
      if (outcome.tag === 'answer') return { ...outcome, ...history() }
      const { act } = outcome.reaction
      if (act === 'doubt') isInDoubt = true
      if (outcome.reaction.isLate) isLate = true
      const waitMs = outcome.waitMs ?? backOffMs(attempt, Math.random())
      const isPatient = attempt < patience.attempts && performance.now() + waitMs < endsAt
      if (act === 'fail' || !isPatient || (isInDoubt && !isRepeatable)) return { ...outcome, ...history() }
      if (act === 'wait') context.pacing.hold(account, waitMs, outcome.waitMs === undefined ? 'load' : 'quota')
      await sleep(waitMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted())
    }
  }
}

interface Manner {
  readonly context: RunContext
  readonly patience: Patience
  readonly isRepeatable: boolean
  readonly announce?: WriteRequest['announce']
}

/** What came before the last attempt. */
interface History {
  readonly attempt: number
  readonly tookMs: number
  readonly isInDoubt: boolean
  readonly isLate: boolean
}

type Settled = Outcome & History

function parsedBy(parse: () => unknown, request: StoreRequest, settled: Settled): unknown {
  try {
    return parse()
  } catch (cause) {
    const message = describe(request, 'a record in the answer is no JSON', settled)
    throw new ConnectorError('RESPONSE_INVALID', message, { cause })
  }
}

function errorOf(request: StoreRequest, settled: Failure & History): ConnectorError {
  return new ConnectorError(settled.reaction.code, describe(request, settled.detail, settled), { cause: settled.cause })
}

function answerOf(request: StoreRequest, settled: Settled): WriteAnswer {
  const { exchange, isInDoubt, isLate } = settled
  const requestId = requestIdOf(exchange)
  const id = requestId === undefined ? {} : { requestId }
  if (settled.tag === 'answer') {
    const { status } = settled.exchange
    const body = settled.parse()
    const words = typeof body === 'string' ? wordsOf(body) : wordsIn(body)
    const detail = `${status} ${words}`.trim()
    const message = describe(request, detail, settled)
    return { tag: 'answered', status, body, message, isAfterDoubt: isInDoubt, ...id }
  }
  if (!isInDoubt) throw errorOf(request, settled)
  const message = describe(request, settled.detail, settled)
  const { code } = settled.reaction
  return { tag: 'uncertain', code, message, isLate, ...id }
}

function describe(
  { method, path }: StoreRequest,
  detail: string,
  { exchange, attempt, tookMs }: History & Pick<Failure, 'exchange'>,
): string {
  const id = requestIdOf(exchange)
  const tries = attempt > 1 ? `, tried ${attempt} times in ${(tookMs / 1_000).toFixed(1)} s` : ''
  return `${method} ${path}: ${detail}${tries}${id === undefined ? '' : `, request ${id}`}`
}
