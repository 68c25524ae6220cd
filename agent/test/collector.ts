import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A span as it came in. */
export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly status: { readonly code: number }
  readonly attributes: { readonly [name: string]: unknown }
  readonly events: readonly { readonly name: string }[]
}

/** A small collector of traces: OTLP over HTTP in JSON, on loopback. */
export interface Collector {
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** All that was received, as it came. */
  readonly bodies: readonly string[]
  readonly headers: readonly IncomingHttpHeaders[]
  close(): Promise<void>
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] }[]
}
type SentSpan = Omit<CollectedSpan, 'attributes'> & {
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

/** Starts a collector. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const bodies: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    bodies.push(body)
    headers.push(request.headers)
    const { resourceSpans } = JSON.parse(body) as Sent // the format of OTLP
    for (const { scopeSpans } of resourceSpans) spans.push(...scopeSpans.flatMap(each => each.spans.map(collected)))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    bodies,
    headers,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function collected({ attributes, events = [], ...span }: SentSpan): CollectedSpan {
  const pairs = attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const)
  return { ...span, events, attributes: Object.fromEntries(pairs) }
}
