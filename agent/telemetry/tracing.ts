import { atMost } from '../at-most.ts'
import type { Config } from '../config/schema.ts'
import { toError } from '../errors.ts'
import type { AgentLogger } from '../logs/loggers.ts'
import { type QueuedRun, type RunEnd, type RunParts, runOperation } from '../run/run.ts'
import { parseTraceparent, type TraceContext, traceContextIn } from '../run/trace-context.ts'
import type { Series } from './series.ts'
import type { OpenSpan, Spans } from './spans.ts'
import { headersIn } from './trace-headers.ts'
import { traceAttempt } from './traced-loader.ts'

/** Traces of the runs of one runner. */
export interface Tracing {
  /** As `runOperation`, with a span for the attempt and below it one for each activity and request. */
  readonly attempt: typeof runOperation
  /** Exports what is left, for a while. */
  close(): Promise<void>
}

const closeMs = 3_000

/** Opens tracing when the configuration names a collector; only then the packages for it are loaded. */
export function openTracing(
  { telemetry, agent }: Config,
  parts: { readonly runner: number; readonly series: Series; readonly logger: AgentLogger },
): Tracing | undefined {
  const { tracesUrl: url, sampleRatio, headers = '' } = telemetry
  if (url === undefined) return undefined
  const { series, logger } = parts
  const opening = import('./spans.ts').then(({ openSpans }) =>
    openSpans({
      ...{ url, sampleRatio, headers: headersIn(headers) },
      resource: {
        'service.name': 'commerce-agent',
        'service.instance.id': `${agent.name}/${parts.runner}`,
        'commerce_agent.group': agent.group,
      },
      watcher: {
        onExported: count => series.add('agent_trace_spans_exported_total', {}, count),
        onDropped: (count, cause) => series.add('agent_trace_spans_dropped_total', { cause }, count),
      },
    }),
  )
  const spans = opening.catch((thrown: unknown) => {
    logger.warn({ error: toError(thrown).message }, 'traces are off: they could not be opened')
    return undefined
  })
  return {
    async attempt(queued, runParts, signal) {
      const opened = await spans
      return opened === undefined
        ? runOperation(queued, runParts, signal)
        : tracedRun(opened, { queued, runParts, signal, logger })
    },
    async close() {
      const opened = await spans
      await atMost(opened?.close() ?? Promise.resolve(), closeMs).catch(() => undefined)
    },
  }
}

async function tracedRun(
  spans: Spans,
  {
    queued,
    runParts,
    signal,
    logger,
  }: {
    readonly queued: QueuedRun
    readonly runParts: RunParts
    readonly signal: AbortSignal
    readonly logger: AgentLogger
  },
): Promise<RunEnd> {
  const { runId } = queued
  const span = spans.begin(
    nameOf(queued, runParts),
    { 'commerce_agent.run_id': runId, 'commerce_agent.agent': runParts.agent },
    contextIn(queued, logger),
  )
  const trace = traceAttempt(span, runParts)
  try {
    const end = await runOperation(queued, { ...runParts, ...trace }, signal)
    trace.end()
    describe(span, end, runParts, runId)
    span.end(end.status === 'error' || end.status === 'pending' ? (end.error?.code ?? end.status) : undefined)
    return end
  } catch (thrown) {
    trace.end()
    span.end('LOG_STORE_FAILED')
    throw thrown
  }
}

/** Collectors list traces by it. */
function nameOf({ data }: QueuedRun, { redactor }: RunParts): string {
  const { operation } = (data ?? {}) as { readonly operation?: unknown } // looked at with care: not checked yet
  return typeof operation === 'string' ? `run ${redactor.redact(operation).slice(0, 100)}` : 'run'
}

/** A context that is none begins a trace of its own: a run is not to fail because of it. */
function contextIn({ runId, data }: QueuedRun, logger: AgentLogger): TraceContext | undefined {
  if (typeof data !== 'object' || data === null || !('traceparent' in data)) return undefined
  const context = traceContextIn({ ...data })
  if (parseTraceparent(context?.traceparent) === undefined) {
    logger.debug({ runId }, 'traceparent of the job is not valid: the run begins a trace of its own')
  }
  return context
}

function describe(span: OpenSpan, { status, counts }: RunEnd, { logs, redactor }: RunParts, runId: string): void {
  const run = logs.find(runId)
  span.set({
    'commerce_agent.operation': redactor.redact(run?.operation ?? 'unknown'),
    'commerce_agent.attempt': run?.attempt ?? 1,
    'commerce_agent.status': status,
    'commerce_agent.source': run?.source ?? 'none',
    'commerce_agent.target': run?.target ?? 'none',
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [`commerce_agent.records.${name}`, count])),
  })
}
