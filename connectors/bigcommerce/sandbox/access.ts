import { type Answer, errorV3, plain, scopeMissing } from './answer.ts'
import type { Route } from './router.ts'

/** A token of the store with what it may do. */
export interface SandboxToken {
  readonly accessToken: string
  /** Scope names, `store_v2_products` or `store_v2_products_read_only`. */
  readonly scopes: 'all' | readonly string[]
}

/** Looks at the token of a request; an answer means it is refused. */
export type Gatekeeper = (
  token: string | undefined,
  storeHash: string,
  route: Route,
  method: string,
) => Answer | undefined

/** Who may enter the store of that hash. The order is the service's: the token first, then store and scope. */
export function createGatekeeper(tokens: readonly SandboxToken[], ownHash: string): Gatekeeper {
  const scopes = new Map(tokens.map(token => [token.accessToken, token.scopes]))
  return (token, storeHash, route, method) => {
    if (token === undefined) return plain(401, 'X-Auth-Token header is required')
    if (token === '') return plain(401, 'X-Auth-Token header should have correct format')
    const granted = scopes.get(token)
    if (granted === undefined) return errorV3(401, 'Unauthorized')
    if (storeHash !== ownHash) return scopeMissing()
    const reading = method === 'GET' ? (route.readScopes ?? []) : []
    if (granted === 'all' || route.scopes.length + reading.length === 0) return undefined
    const isAllowed =
      route.scopes.some(scope => allows(granted, scope, method)) || reading.some(scope => granted.includes(scope))
    return isAllowed ? undefined : scopeMissing()
  }
}

function allows(granted: readonly string[], scope: string, method: string): boolean {
  return granted.includes(scope) || (method === 'GET' && granted.includes(`${scope}_read_only`))
}
