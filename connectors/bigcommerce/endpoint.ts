import type { PacedRequest } from '../sdk/connector.ts'
import type { Route } from './catalogue/objects.ts'
import type { StoreRequest } from './exchange.ts'
import { templateOf } from './paths.ts'

/** What requests are counted under for the limits of the store. */
export interface PacedEndpoint {
  /** Method and path template. */
  readonly name: string
  readonly maxConcurrent?: number
}

/** The endpoint of a route of the catalogue. */
export function endpointOf(route: Route): PacedEndpoint {
  const { method, maxConcurrent } = route.operation
  return { name: `${method} ${templateOf(route)}`, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) }
}

/** What the host has to know of a request; an endpoint that nobody named is the path without what looks like a key. */
export function pacedRequestOf({ method, path, endpoint }: StoreRequest): PacedRequest {
  const kind = method === 'GET' ? 'read' : 'write'
  if (endpoint === undefined) return { endpoint: `${method} ${withoutKeys(path)}`, kind }
  const { name, maxConcurrent } = endpoint
  return { endpoint: name, kind, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) }
}

function withoutKeys(path: string): string {
  const [bare = path] = path.split('?')
  return bare.replace(/(?<=\/)(?!v\d+(?:\/|$))[^/]*(?:\d|%|@)[^/]*/g, '{key}')
}
