import type { Gatekeeper } from './access.ts'
import { type Answer, type ApiVersion, faultAnswer, notEmulated, routeNotFound, tooManyRequests } from './answer.ts'
import type { BlockCache } from './block-cache.ts'
import type { DueFault } from './faults.ts'
import { parseTarget, type Query } from './query.ts'
import type { Quota } from './quota.ts'
import type { Router } from './router.ts'
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
}

/** A request as far as an answer depends on it. */
export interface EngineRequest {
  readonly method: string
  /** Path and query as received. */
  readonly target: string
  readonly token: string | undefined
  readonly now: Date
  readonly fault: DueFault | undefined
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
    if (!parts.quota.take(request.now.getTime())) return tooManyRequests(version)
    if (request.method !== 'GET') return notEmulated('writes')
    if (match.route.get === undefined) return notEmulated('this route')
    return match.route.get({ ids: match.ids, query: target.query, tools: toolsOf(parts, request.now) })
  }
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

function faultOf(fault: DueFault | undefined, version: ApiVersion): Answer | undefined {
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
