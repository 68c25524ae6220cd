import type { IncomingMessage } from 'node:http'

/** A request the sandbox has answered. */
export interface SandboxRequest {
  readonly method: string
  /** Path with query, as received. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** 0 when the connection was reset instead. */
  readonly status: number
}

/** The requests so far. */
export interface RequestLog {
  add(request: IncomingMessage, status: number): void
  last(): readonly SandboxRequest[]
  count(): number
}

const kept = 10_000

/** An empty log; it keeps the last 10,000 requests. */
export function createRequestLog(): RequestLog {
  const requests: SandboxRequest[] = []
  let count = 0
  return {
    add: (request, status) => {
      count++
      requests.push({
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: plainHeaders(request),
        status,
      })
      if (requests.length >= 2 * kept) requests.splice(0, requests.length - kept)
    },
    last: () => requests.slice(-kept),
    count: () => count,
  }
}

function plainHeaders({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    plain[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return plain
}
