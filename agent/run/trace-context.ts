/** Where a run belongs in a trace: the W3C headers `traceparent` and `tracestate`. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

/** A context in its parts. */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
}

/** W3C Trace Context, level 1, 3.2: later versions may have more fields behind; zeros are no ids. */
const pattern =
  /^(?!ff)(?<version>[0-9a-f]{2})-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/

/** The parts of a `traceparent`; undefined when it is none. */
export function parseTraceparent(text: unknown): TraceParent | undefined {
  const { version, traceId, spanId, flags, more } = (typeof text === 'string' && pattern.exec(text)?.groups) || {}
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return version === '00' && more !== undefined ? undefined : { traceId, spanId, flags: Number.parseInt(flags, 16) }
}

const mostStateChars = 512

/** The context among the headers of a request; what is not valid is as good as absent. */
export function traceContextIn(headers: { readonly [name: string]: unknown }): TraceContext | undefined {
  const { traceparent, tracestate } = headers
  if (typeof traceparent !== 'string' || parseTraceparent(traceparent) === undefined) return undefined
  const hasState = typeof tracestate === 'string' && tracestate.length <= mostStateChars
  return { traceparent, ...(hasState && { tracestate }) }
}
