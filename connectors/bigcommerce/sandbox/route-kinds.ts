import type { ApiVersion } from './answer.ts'
import { type ListV3, listV3 } from './list-v3.ts'
import type { Route } from './router.ts'

/** The route of a v3 list. */
export function listRoute(path: string, spec: ListV3, methods: readonly string[], scopes: readonly string[]): Route {
  return { version: 'v3', path, methods, scopes, get: ({ query, tools }) => listV3(spec, query, tools) }
}

/** A route that BigCommerce has and the sandbox answers with 501: a 404 would be a lie. */
export function unemulated(
  version: ApiVersion,
  path: string,
  methods: readonly string[],
  scopes: readonly string[],
): Route {
  return { version, path, methods, scopes }
}
