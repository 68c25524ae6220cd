import { type MetricDefinition, type MetricName, metricDefinitions } from './definitions.ts'
import type { Sample } from './series.ts'

/**
 * Samples in the text format of Prometheus 0.0.4. Every metric is told, one without a value by its name and type alone.
 * A counter without labels is 0 then, so that its first increase is seen.
 */
export function exposition(samples: readonly Sample[]): string {
  const names = Object.keys(metricDefinitions) as MetricName[] // its own keys
  return names.map(name => metricText(name, withZero(name, samples))).join('\n')
}

function withZero(name: MetricName, samples: readonly Sample[]): readonly Sample[] {
  const { type, labels }: MetricDefinition = metricDefinitions[name]
  const own = samples.filter(sample => sample.name === name)
  return own.length === 0 && labels.length === 0 && type === 'counter' ? [{ name, labels: [], value: 0 }] : own
}

function metricText(name: MetricName, samples: readonly Sample[]): string {
  const { type, help }: MetricDefinition = metricDefinitions[name]
  const lines = samples.flatMap(linesOf)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function linesOf(sample: Sample): readonly string[] {
  const { name, labels } = sample
  const definition: MetricDefinition = metricDefinitions[name]
  const pairs = definition.labels.map((label, place) => `${label}="${escaped(labels[place] ?? '')}"`)
  if (!('histogram' in sample)) return [`${name}${inBraces(pairs)} ${sample.value}`]
  const { counts, sum } = sample.histogram
  let upToHere = 0
  const buckets = counts.map((count, place) => {
    upToHere += count
    return `${name}_bucket${inBraces([...pairs, `le="${definition.buckets?.[place] ?? '+Inf'}"`])} ${upToHere}`
  })
  return [...buckets, `${name}_sum${inBraces(pairs)} ${sum}`, `${name}_count${inBraces(pairs)} ${upToHere}`]
}

function inBraces(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
