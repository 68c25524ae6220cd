import type { Gatekeeper } from './access.ts'
import {
  type Answer,
  type ApiVersion,
  errorV2,
  errorV3,
  faultAnswer,
  notEmulated,
  routeNotFound,
  tooManyRequests,
} from './answer.ts'
import type { BlockCache } from './block-cache.ts'
import type { Busy } from './busy.ts'
import type { DueFault } from './faults.ts'
import { parseTarget, type Query } from './query.ts'
import type { Quota } from './quota.ts'
import type { RouteMatch, Router } from './router.ts'
import type { Selector } from './selection.ts'
import type { Switches } from './switches.ts'

/** What an answer depends on. */
export interface EngineParts {
  readonly router: Router
  readonly admit: Gatekeeper
  readonly quota: Quota
  readonly cache: BlockCache
  readonly select: Selector
  readonly switches: Switches
  readonly busy: Busy
}

/** A request as far as an answer depends on it. */
export interface EngineRequest {
  readonly method: string
  /** Path and query as received. */
  readonly target: string
  readonly token: string | undefined
  readonly now: Date
  readonly fault: DueFault | undefined
  /** The body as text; empty when there is none. */
  readonly body: string
  /** Waits as long as the store takes to answer. */
  pause(): Promise<void>
}

/** Turns a request into an answer. */
export type Engine = (request: EngineRequest) => Promise<Answer>

const root = /^\/stores\/([^/]+)\/(v2|v3)(\/[^?]*)?$/

/**
 * The order of the service's checks, as far as it was observed: route with method, token, store and scope. That the
 * quota comes after them is our choice.
 */
export function createEngine(parts: EngineParts): Engine {
  return async request => {
    const target = parseTarget(request.target)
    const [, storeHash = '', version = '', path = ''] = root.exec(target?.path ?? '') ?? []
    if (target === undefined || !isVersion(version)) return refused(parts, request.now, routeNotFound())
    const failure = faultOf(request.fault, version)
    if (failure !== undefined) return failure
    const match = parts.router(version, request.method, version === 'v2' ? path.replace(/\.json$/, '') : path)
    if (match === undefined) return refused(parts, request.now, routeNotFound())
    const refusal = parts.admit(request.token, storeHash, match.route, request.method)
    if (refusal !== undefined) return refused(parts, request.now, refusal)
    if (!parts.quota.take(request.now.getTime())) return { ...tooManyRequests(version), isOutOfQuota: true }
    const { route } = match
    const leave = parts.busy.enter(`${request.method} ${version}${route.path}`, route.maxConcurrent?.[request.method])
    if (leave === undefined) return tooManyRequests(version)
    try {
      await request.pause()
      return await answered(parts, request, match, target.query)
    } finally {
      leave()
    }
  }
}

async function answered(parts: EngineParts, request: EngineRequest, match: RouteMatch, query: Query): Promise<Answer> {
  const { route, ids, keys } = match
  const respond = request.method === 'GET' ? route.get : route.write?.[request.method]
  if (respond === undefined) return notEmulated('this route')
  const body = readJson(request.body)
  if (body === malformed && !isForm(request.body)) return malformedBody(route.version)
  const routed = { ids, keys, query, tools: toolsOf(parts, request.now), body, token: request.token ?? '' }
  const answer = await respond(routed)
  return isAfterwards(request.fault) ? (faultOf(request.fault, route.version, true) ?? answer) : answer
}

const malformed = Symbol('malformed')

function readJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return malformed
  }
}

/** A form with files begins with the line that parts its fields. */
function isForm(body: string): boolean {
  return body.startsWith('--')
}

function malformedBody(version: ApiVersion): Answer {
  const title = 'JSON data is missing or invalid'
  return version === 'v3' ? errorV3(400, title) : errorV2(400, title)
}

function toolsOf({ cache, select, switches }: EngineParts, now: Date) {
  return { cache, select, switches, now }
}

function isVersion(text: string): text is ApiVersion {
  return text === 'v2' || text === 'v3'
}

function refused({ quota, switches }: EngineParts, now: Date, answer: Answer): Answer {
  if (switches.refusedRequestsCount) quota.take(now.getTime())
  return answer
}

function isAfterwards(fault: DueFault | undefined): boolean {
  return fault?.isApplied === true
}

function faultOf(fault: DueFault | undefined, version: ApiVersion, isNow = !isAfterwards(fault)): Answer | undefined {
  if (!isNow) return undefined
  if (fault?.action === 'status') return faultAnswer(fault.status, version)
  if (fault?.action === 'throttle-without-headers') return { ...tooManyRequests(version), withoutRateHeaders: true }
  return undefined
}

/** The part of a URL that faults match: what follows `/stores/<hash>`, decoded where it can be. */
export function faultTarget(target: string): string {
  const decoded = parseTarget(target)
  if (decoded === undefined) return target
  return decoded.path.replace(/^\/stores\/[^/]+/, '') + queryText(decoded.query)
}

function queryText(query: Query): string {
  return query.length === 0 ? '' : `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`
}
