import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricDefinition,
  type MetricName,
  metricDefinitions,
} from './definitions.ts'

/** One value of a metric, under the values of its labels in the order of the definition. */
export type Sample =
  | { readonly name: MetricName; readonly labels: readonly string[]; readonly value: number }
  | { readonly name: MetricName; readonly labels: readonly string[]; readonly histogram: HistogramState }

/** A histogram; `counts` are those of each bucket alone, the last is for what is beyond all bounds. */
export interface HistogramState {
  readonly counts: readonly number[]
  readonly sum: number
}

/** What was measured since it was taken last; it travels between processes. */
export type Measured = readonly Sample[]

/** The values of all metrics of a process. */
export interface Series {
  add<N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number): void
  set<N extends GaugeName | CounterName>(name: N, labels: LabelsOf<N>, value: number): void
  observe<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number): void
  /** Forgets the values of a metric, before those of now are set. */
  clear(name: MetricName): void
  /** Adds what another process measured. */
  merge(measured: Measured): void
  samples(): readonly Sample[]
  /** Gives all values and begins again with none. */
  take(): Measured
}

interface Value {
  readonly name: MetricName
  readonly labels: readonly string[]
  value: number
  /** Of a histogram; the value is then the sum. */
  readonly counts?: number[]
}

/** A connector that names endpoints by their ids must not fill the memory of whoever collects them. */
const mostOpenValues = 200
const otherValue = 'other'
const mostLabelChars = 100

/** Series without a value yet. */
export function createSeries(): Series {
  const values = new Map<string, Value>()
  const openValues = new Map<string, Set<string>>()

  function seriesOf(name: MetricName, given: readonly string[]): Value {
    const { buckets }: MetricDefinition = metricDefinitions[name]
    const labels = bounded(name, given, openValues)
    const key = JSON.stringify([name, ...labels])
    const known = values.get(key)
    if (known !== undefined) return known
    const made = { name, labels, value: 0, ...(buckets && { counts: [...buckets, 0].fill(0) }) }
    values.set(key, made)
    return made
  }

  return {
    add(name, labels, by = 1) {
      seriesOf(name, inOrder(name, labels)).value += by
    },
    set(name, labels, value) {
      seriesOf(name, inOrder(name, labels)).value = value
    },
    observe(name, labels, value) {
      const into = seriesOf(name, inOrder(name, labels))
      into.value += value
      addTo(into.counts, [placeOf(name, value)], () => 1)
    },
    clear(name) {
      for (const [key, value] of values) if (value.name === name) values.delete(key)
    },
    merge(measured) {
      for (const sample of measured) {
        const into = seriesOf(sample.name, sample.labels)
        into.value += 'histogram' in sample ? sample.histogram.sum : sample.value
        if ('histogram' in sample) mergeCounts(into, sample.histogram)
      }
    },
    samples: () => [...values.values()].map(sampleOf),
    take() {
      const taken = [...values.values()].map(sampleOf)
      values.clear()
      return taken
    },
  }
}

function mergeCounts({ counts }: Value, histogram: HistogramState): void {
  addTo(counts, histogram.counts.keys(), place => histogram.counts[place] ?? 0)
}

function addTo(counts: number[] | undefined, places: Iterable<number>, by: (place: number) => number): void {
  if (counts === undefined) return
  for (const place of places) counts[place] = (counts[place] ?? 0) + by(place)
}

function sampleOf({ name, labels, value, counts }: Value): Sample {
  return counts === undefined
    ? { name, labels, value }
    : { name, labels, histogram: { counts: [...counts], sum: value } }
}

function placeOf(name: MetricName, value: number): number {
  const { buckets = [] }: MetricDefinition = metricDefinitions[name]
  const place = buckets.findIndex(bound => value <= bound)
  return place === -1 ? buckets.length : place
}

function inOrder(name: MetricName, labels: { readonly [label: string]: string }): readonly string[] {
  return metricDefinitions[name].labels.map(label => labels[label] ?? '')
}

function bounded(name: MetricName, given: readonly string[], openValues: Map<string, Set<string>>): readonly string[] {
  const { labels, openLabel }: MetricDefinition = metricDefinitions[name]
  const short = given.map(value => value.slice(0, mostLabelChars))
  if (openLabel === undefined) return short
  const place = labels.indexOf(openLabel)
  const group = JSON.stringify([name, short[0]])
  const known = openValues.get(group) ?? new Set()
  openValues.set(group, known)
  const value = short[place] ?? ''
  if (known.has(value)) return short
  if (known.size >= mostOpenValues) return short.with(place, otherValue)
  known.add(value)
  return short
}
