import { describe, expect, test } from '@jest/globals'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { createSpanQueue } from './span-queue.ts'

function open() {
  const batches: (readonly ReadableSpan[])[] = []
  const counts = { exported: 0, full: 0, refused: 0 }
  const answers: ((code: number) => void)[] = []
  const exporter: SpanExporter = {
    export(spans, told) {
      batches.push(spans)
      answers.push(code => told({ code }))
    },
    shutdown: async () => undefined,
  }
  const queue = createSpanQueue(exporter, {
    onExported(count) {
      counts.exported += count
    },
    onDropped(count, why) {
      counts[why] += count
    },
  })
  const tracer = new BasicTracerProvider({ spanProcessors: [queue] }).getTracer('test')
  const endSpans = (count: number) => {
    for (let each = 0; each < count; each += 1) tracer.startSpan('span').end()
  }
  return { queue, batches, counts, answers, endSpans }
}

describe('createSpanQueue', () => {
  test('holds so many, counts those beyond, and goes on when there is room again', async () => {
    const { queue, counts, answers, batches, endSpans } = open()
    endSpans(2_048 + 7)
    const full = { ...counts }

    const flushed = queue.forceFlush()
    endSpans(3)
    for (let batch = 0; batch < 5; batch += 1) {
      answers[batch]?.(0)
      await new Promise(setImmediate)
    }
    await flushed

    expect(full).toEqual({ exported: 0, full: 7, refused: 0 })
    expect(batches.map(({ length }) => length)).toEqual([512, 512, 512, 512, 3])
    expect(counts).toEqual({ exported: 2_051, full: 7, refused: 0 })
  })

  test('exports one batch at a time, however often it is asked', () => {
    const { queue, batches, endSpans } = open()
    endSpans(600)

    void queue.forceFlush()
    void queue.forceFlush()

    expect(batches.map(({ length }) => length)).toEqual([512])
  })

  test('counts what the collector refused', async () => {
    const { queue, counts, answers, endSpans } = open()
    endSpans(2)

    const flushed = queue.forceFlush()
    answers[0]?.(1)
    await flushed

    expect(counts).toEqual({ exported: 0, full: 0, refused: 2 })
  })
})
