import { toError } from '../errors.ts'
import type { AgentLogger } from '../logs/loggers.ts'
import { type MetricDefinition, metricDefinitions } from './definitions.ts'
import type { Sample } from './series.ts'

/**
 * Writes a line for each series every so many seconds until the returned function is called, which writes the last ones;
 * 0 seconds: none at all. What counts up is left out while it does not change.
 */
export function startMetricLog(parts: {
  readonly everySeconds: number
  readonly samples: () => Promise<readonly Sample[]>
  readonly logger: AgentLogger
  /** Where it is told that the metrics could not be read. */
  readonly failures: AgentLogger
}): () => Promise<void> {
  if (parts.everySeconds === 0) return async () => undefined
  const linesOf = createMetricLines()
  let writing = Promise.resolve()

  function write(): Promise<void> {
    writing = writing
      .then(async () => {
        for (const fields of linesOf(await parts.samples())) parts.logger.info(fields, 'metric')
      })
      .catch((thrown: unknown) => parts.failures.warn({ error: toError(thrown).message }, 'metrics not logged'))
    return writing
  }

  const timer = setInterval(() => void write(), parts.everySeconds * 1_000).unref()
  return () => {
    clearInterval(timer)
    return write()
  }
}

type MetricFields = {
  readonly metric: string
  readonly type: MetricDefinition['type']
  readonly labels: { readonly [label: string]: string }
} & (
  | { readonly value: number; readonly delta?: number }
  | { readonly count: number; readonly sum: number; readonly deltaCount: number; readonly deltaSum: number }
)

interface Told {
  readonly count: number
  readonly sum: number
}
const nothing: Told = { count: 0, sum: 0 }

/** Makes the lines of one moment after another; what was told before gives the differences. */
function createMetricLines(): (samples: readonly Sample[]) => readonly MetricFields[] {
  const told = new Map<string, Told>()
  return samples =>
    samples.flatMap((sample): readonly MetricFields[] => {
      const { type, labels }: MetricDefinition = metricDefinitions[sample.name]
      const pairs = labels.map((label, place) => [label, sample.labels[place] ?? ''] as const)
      const head = { metric: sample.name, type, labels: Object.fromEntries(pairs) }
      if (type === 'gauge' && 'value' in sample) return [{ ...head, value: sample.value }]
      const key = JSON.stringify([sample.name, ...sample.labels])
      const before = told.get(key)
      const now = toldOf(sample)
      told.set(key, now)
      if (before !== undefined && before.count === now.count) return []
      return [{ ...head, ...changeOf(sample, now, before ?? nothing) }]
    })
}

function toldOf(sample: Sample): Told {
  if ('value' in sample) return { count: sample.value, sum: 0 }
  return { count: sample.histogram.counts.reduce((all, each) => all + each, 0), sum: sample.histogram.sum }
}

function changeOf(sample: Sample, now: Told, before: Told) {
  if ('value' in sample) return { value: now.count, delta: now.count - before.count }
  return { ...now, deltaCount: now.count - before.count, deltaSum: now.sum - before.sum }
}
