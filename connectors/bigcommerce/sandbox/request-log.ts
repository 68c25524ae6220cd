import type { IncomingMessage } from 'node:http'

/** A request the sandbox has answered. */
export interface SandboxRequest {
  readonly method: string
  /** Path with query, as received. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** 0 when the connection was reset instead. */
  readonly status: number
  /** What was sent, up to a mebibyte; of the oldest requests it is dropped when all together become too much. */
  readonly body: string
}

/** The requests so far. */
export interface RequestLog {
  add(request: IncomingMessage, body: string, status: number): void
  last(): readonly SandboxRequest[]
  count(): number
}

const kept = 10_000
const mebibyte = 1024 * 1024
const keptBodies = 64 * mebibyte

/** An empty log; it keeps the last 10,000 requests. */
export function createRequestLog(): RequestLog {
  const requests: SandboxRequest[] = []
  let count = 0
  let bodies = 0
  return {
    add: (request, body, status) => {
      count++
      bodies += Math.min(body.length, mebibyte)
      for (let at = 0; bodies > keptBodies && at < requests.length; at++) {
        const old = requests[at]
        if (old === undefined || old.body === '') continue
        bodies -= old.body.length
        requests[at] = { ...old, body: '' }
      }
      requests.push({
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: plainHeaders(request),
        status,
        body: body.slice(0, mebibyte),
      })
      if (requests.length < 2 * kept) return
      for (const old of requests.splice(0, requests.length - kept)) bodies -= old.body.length
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
