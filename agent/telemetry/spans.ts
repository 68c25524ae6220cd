import {
  type Attributes,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import { parseTraceparent, type TraceContext } from '../run/trace-context.ts'
import { createSpanQueue, type SpanWatcher } from './span-queue.ts'

/** Something that takes time, with what is known of it. */
export interface OpenSpan {
  /** `isRequest`: it goes to somebody else. */
  child(name: string, attributes: Attributes, isRequest?: boolean): OpenSpan
  event(name: string, attributes: Attributes): void
  set(attributes: Attributes): void
  /** `error`: its code, when it failed. */
  end(error?: string): void
}

/** Where spans begin. */
export interface Spans {
  begin(name: string, attributes: Attributes, within: TraceContext | undefined): OpenSpan
  /** Exports what is left; may take as long as the collector does. */
  close(): Promise<void>
}

/** A collector, and what is told to it. */
export interface SpansOptions {
  readonly url: string
  readonly headers: Record<string, string>
  readonly sampleRatio: number
  readonly resource: Attributes
  readonly watcher: SpanWatcher
}

/** A collector that does not answer costs one batch so long. */
const timeoutMillis = 5_000

/** Opens the way to a collector. This file alone loads the packages of OpenTelemetry, so it is imported when needed. */
export function openSpans({ url, headers, sampleRatio, resource, watcher }: SpansOptions): Spans {
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(resource),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [createSpanQueue(exporter, watcher)],
  })
  const tracer = provider.getTracer('commerce-agent')
  return {
    begin: (name, attributes, within) =>
      openSpan(tracer, tracer.startSpan(name, { attributes, kind: SpanKind.CONSUMER }, contextOf(within))),
    close: () => provider.shutdown(),
  }
}

function contextOf(within: TraceContext | undefined) {
  const parent = parseTraceparent(within?.traceparent)
  if (parent === undefined) return ROOT_CONTEXT
  const traceState = within?.tracestate === undefined ? {} : { traceState: createTraceState(within.tracestate) }
  const { traceId, spanId, flags } = parent
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true, ...traceState })
}

function openSpan(tracer: Tracer, span: Span): OpenSpan {
  const context = trace.setSpan(ROOT_CONTEXT, span)
  return {
    child(name, attributes, isRequest = false) {
      const kind = isRequest ? SpanKind.CLIENT : SpanKind.INTERNAL
      return openSpan(tracer, tracer.startSpan(name, { attributes, kind }, context))
    },
    event: (name, attributes) => void span.addEvent(name, attributes),
    set: attributes => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) {
        span.setAttribute('error.type', error)
        span.setStatus({ code: SpanStatusCode.ERROR, message: error })
      }
      span.end()
    },
  }
}
