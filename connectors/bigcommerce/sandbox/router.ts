import type { Answer, ApiVersion } from './answer.ts'
import type { ListTools } from './list-v3.ts'
import type { Query } from './query.ts'

/** A request that has found its route. */
export interface RoutedRequest {
  readonly query: Query
  /** The numbers in the path, left to right. */
  readonly ids: readonly number[]
  /** The same as they stand there: uuids, codes and names, too. */
  readonly keys: readonly string[]
  readonly tools: ListTools
  /** What the body holds; undefined when there is none. */
  readonly body: unknown
  /** Some objects are seen only by the account that made them. */
  readonly token: string
}

/** Answers a request that has found its route. */
export type Respond = (request: RoutedRequest) => Answer | Promise<Answer>

/** A path of the API with the methods it really has. */
export interface Route {
  readonly version: ApiVersion
  /** With `{id}` where a number stands, `{key}` where any text does. */
  readonly path: string
  readonly methods: readonly string[]
  /** Any one of these suffices; for GET also its read-only form. None: every valid token may. */
  readonly scopes: readonly string[]
  /** Absent: the sandbox knows the route and answers that it does not emulate it. */
  readonly get?: Respond
  /** How the methods that write are answered; one that is absent is known and not emulated. */
  readonly write?: { readonly [method: string]: Respond }
  /** Read scopes that are not the others with `_read_only`. */
  readonly readScopes?: readonly string[]
  /** Most requests of a method that may be in work at the same time. */
  readonly maxConcurrent?: { readonly [method: string]: number }
}

/** A route with the ids found in the path. */
export interface RouteMatch {
  readonly route: Route
  readonly ids: readonly number[]
  readonly keys: readonly string[]
}

export type Router = (version: ApiVersion, method: string, path: string) => RouteMatch | undefined

/** Finds routes by version, method and path; a path without keys wins over one with, an earlier route over a later one. */
export function createRouter(routes: readonly Route[]): Router {
  const fixed = new Map(routes.filter(isFixed).map(route => [route.version + route.path, route]))
  const patterns = routes.filter(route => !isFixed(route)).map(route => ({ route, pattern: patternOf(route.path) }))
  return (version, method, path) => {
    const route = fixed.get(version + path)
    if (route !== undefined) return route.methods.includes(method) ? { route, ids: [], keys: [] } : undefined
    for (const { route, pattern } of patterns) {
      if (route.version !== version || !route.methods.includes(method)) continue
      const found = pattern.exec(path)
      if (found !== null) return { route, ids: found.slice(1).map(Number), keys: found.slice(1) }
    }
    return undefined
  }
}

function isFixed(route: Route): boolean {
  return !route.path.includes('{')
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('{id}', '(\\d{1,15})').replaceAll('{key}', '([^/]+)')}$`)
}
