import type { Answer, ApiVersion } from './answer.ts'
import type { ListTools } from './list-v3.ts'
import type { Query } from './query.ts'

/** A request that has found its route. */
export interface RoutedRequest {
  readonly query: Query
  /** The numbers in the path, left to right. */
  readonly ids: readonly number[]
  readonly tools: ListTools
}

/** Answers a request that has found its route. */
export type Respond = (request: RoutedRequest) => Answer | Promise<Answer>

/** A path of the API with the methods it really has; only GET is ever emulated. */
export interface Route {
  readonly version: ApiVersion
  /** With `{id}` where a number stands. */
  readonly path: string
  readonly methods: readonly string[]
  /** Any one of these suffices; for GET also its read-only form. None: every valid token may. */
  readonly scopes: readonly string[]
  /** Absent: the sandbox knows the route and answers that it does not emulate it. */
  readonly get?: Respond
}

/** A route with the ids found in the path. */
export interface RouteMatch {
  readonly route: Route
  readonly ids: readonly number[]
}

export type Router = (version: ApiVersion, method: string, path: string) => RouteMatch | undefined

/** Finds routes by version, method and path; a path without `{id}` wins over one with. */
export function createRouter(routes: readonly Route[]): Router {
  const fixed = new Map(routes.filter(isFixed).map(route => [route.version + route.path, route]))
  const patterns = routes
    .filter(route => !isFixed(route))
    .map(route => ({ route, pattern: new RegExp(`^${route.path.replaceAll('{id}', '(\\d{1,15})')}$`) }))
  return (version, method, path) => {
    const route = fixed.get(version + path)
    if (route !== undefined) return route.methods.includes(method) ? { route, ids: [] } : undefined
    for (const { route, pattern } of patterns) {
      if (route.version !== version || !route.methods.includes(method)) continue
      const found = pattern.exec(path)
      if (found !== null) return { route, ids: found.slice(1).map(Number) }
    }
    return undefined
  }
}

function isFixed(route: Route): boolean {
  return !route.path.includes('{id}')
}
