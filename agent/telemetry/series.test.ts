import { describe, expect, test } from '@jest/globals'
import { exposition } from './exposition.ts'
import { createSeries } from './series.ts'

const read = { connector: 'shop', kind: 'read' } as const

describe('createSeries', () => {
  test('adds up what several processes measured, the same whether told at once or in parts', () => {
    const [supervisor, first, second] = [createSeries(), createSeries(), createSeries()]
    first.add('agent_run_attempts_total', { status: 'success' })
    first.observe('agent_request_duration_seconds', read, 0.02)
    supervisor.merge(first.take())
    first.observe('agent_request_duration_seconds', read, 0.3)
    second.observe('agent_request_duration_seconds', read, 0.02)
    second.add('agent_run_attempts_total', { status: 'success' }, 2)

    supervisor.merge(first.take())
    supervisor.merge(second.take())

    expect(supervisor.samples()).toEqual([
      { name: 'agent_run_attempts_total', labels: ['success'], value: 3 },
      {
        name: 'agent_request_duration_seconds',
        labels: ['shop', 'read'],
        histogram: { counts: [0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], sum: expect.closeTo(0.34) },
      },
    ])
  })

  test('gives nothing twice', () => {
    const series = createSeries()
    series.add('agent_requests_refused_total', { connector: 'shop', cause: 'quota' })

    const taken = series.take()

    expect(taken).toHaveLength(1)
    expect(series.take()).toEqual([])
  })

  test('keeps apart what differs in one label only', () => {
    const series = createSeries()

    series.add('agent_requests_refused_total', { connector: 'shop', cause: 'quota' })
    series.add('agent_requests_refused_total', { cause: 'load', connector: 'shop' })

    expect(series.samples().map(({ labels }) => labels)).toEqual([
      ['shop', 'quota'],
      ['shop', 'load'],
    ])
  })

  test('counts endpoints beyond 200 of a connector as other, those of another connector apart', () => {
    const series = createSeries()
    for (let id = 1; id <= 250; id += 1)
      series.add('agent_requests_total', { ...read, endpoint: `GET /products/${id}` })

    series.add('agent_requests_total', { ...read, connector: 'files', endpoint: 'GET /a' })
    series.add('agent_requests_total', { ...read, endpoint: 'GET /products/1' })

    const samples = series.samples()
    expect(samples).toHaveLength(202)
    expect(samples).toContainEqual({ name: 'agent_requests_total', labels: ['shop', 'read', 'other'], value: 50 })
    expect(samples).toContainEqual({ name: 'agent_requests_total', labels: ['files', 'read', 'GET /a'], value: 1 })
    expect(samples).toContainEqual({
      name: 'agent_requests_total',
      labels: ['shop', 'read', 'GET /products/1'],
      value: 2,
    })
  })
})

describe('exposition', () => {
  test('has cumulative buckets that end with all, sum and count', () => {
    const series = createSeries()
    for (const seconds of [0.1, 0.1, 7, 100_000])
      series.observe('agent_run_duration_seconds', { status: 'error' }, seconds)

    const lines = exposition(series.samples()).split('\n')

    expect(lines.filter(line => /^agent_run_duration_seconds.*("0.1"|"5"|"10"|Inf|sum|count)/.test(line))).toEqual([
      'agent_run_duration_seconds_bucket{status="error",le="0.1"} 2',
      'agent_run_duration_seconds_bucket{status="error",le="5"} 2',
      'agent_run_duration_seconds_bucket{status="error",le="10"} 3',
      'agent_run_duration_seconds_bucket{status="error",le="+Inf"} 4',
      'agent_run_duration_seconds_sum{status="error"} 100007.2',
      'agent_run_duration_seconds_count{status="error"} 4',
    ])
  })

  test('escapes labels, and tells counters without labels from the beginning', () => {
    const series = createSeries()
    series.set('agent_pacing_waiting_requests', { connections: 'a "b" \\ c\nd' }, 1)

    const text = exposition(series.samples())

    expect(text).toContain('agent_pacing_waiting_requests{connections="a \\"b\\" \\\\ c\\nd"} 1\n')
    expect(text).toContain('# TYPE agent_log_lines_dropped_total counter\nagent_log_lines_dropped_total 0\n')
    expect(text).toContain('# TYPE agent_runs gauge\n\n')
  })
})
