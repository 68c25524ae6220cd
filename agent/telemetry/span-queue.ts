import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'

/** What became of spans; `why`: the queue was full, or the collector did not take them. */
export interface SpanWatcher {
  readonly onExported: (count: number) => void
  readonly onDropped: (count: number, why: 'full' | 'refused') => void
}

const mostWaiting = 2_048
const mostAtOnce = 512
const everyMs = 1_000

/**
 * Holds ended spans until they are exported, once a second and one request at a time. Whoever ends a span never waits;
 * while the collector is slow or away spans are dropped, and counted. The SDK's own queue does not tell what it dropped.
 */
export function createSpanQueue(exporter: SpanExporter, watcher: SpanWatcher): SpanProcessor {
  let waiting: ReadableSpan[] = []
  let exporting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  function exportSome(): Promise<void> {
    const spans = waiting.slice(0, mostAtOnce)
    waiting = waiting.slice(mostAtOnce)
    return new Promise(resolve =>
      exporter.export(spans, ({ code }) => {
        if (code === 0) watcher.onExported(spans.length)
        else watcher.onDropped(spans.length, 'refused')
        resolve()
      }),
    )
  }

  async function exportAll(): Promise<void> {
    while (waiting.length > 0) await exportSome()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    exporting ??= exportAll().finally(() => {
      exporting = undefined
    })
    return exporting
  }

  return {
    onStart: () => undefined,
    onEnd(span) {
      if ((span.spanContext().traceFlags & 1) === 0) return
      if (waiting.length >= mostWaiting) return watcher.onDropped(1, 'full')
      waiting.push(span)
      timer ??= setTimeout(() => void flush(), everyMs).unref()
    },
    forceFlush: flush,
    async shutdown() {
      await flush()
      await exporter.shutdown()
    },
  }
}
