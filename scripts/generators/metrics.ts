import { metricLineSchema } from '../../agent/logs/line-schema.ts'
import { type MetricDefinition, metricGroups } from '../../agent/telemetry/definitions.ts'
import { fieldLines } from './agent-log.ts'
import { between, code, row } from './configuration.ts'

/** Puts the tables of all metrics and of alerts between the markers of a page. */
export function metricsPage(page: string): string {
  const withGroups = Object.entries(metricGroups).reduce(
    (text, [group, metrics]) => between(text, `metrics of ${group}`, metricLines(metrics)),
    page,
  )
  const withFields = between(withGroups, 'fields of the metric log', fieldLines(metricLineSchema))
  return between(withFields, 'alerts', alertLines(Object.assign({}, ...Object.values(metricGroups))))
}

type Definitions = { readonly [name: string]: MetricDefinition }

function metricLines(metrics: Definitions): readonly string[] {
  return [
    '| metric | type | labels | what it says |',
    '| --- | --- | --- | --- |',
    ...Object.entries(metrics).map(([name, { type, labels, help }]) =>
      row([code(name), type, labels.map(code).join(', '), help]),
    ),
  ]
}

function alertLines(metrics: Definitions): readonly string[] {
  return [
    '| when it is true | what it means |',
    '| --- | --- |',
    ...Object.values(metrics).flatMap(({ alert }) => (alert ? [row([code(alert.expression), alert.meaning])] : [])),
  ]
}
