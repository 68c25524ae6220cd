import { describe, expect, test } from '@jest/globals'
import { metricLineSchema } from '../logs/line-schema.ts'
import { createLoggers } from '../logs/loggers.ts'
import { createRedactor } from '../logs/redact.ts'
import { compileSchema } from '../schema.ts'
import { startMetricLog } from './metric-log.ts'
import { createSeries } from './series.ts'

function open(everySeconds: number) {
  const lines: string[] = []
  const sink = (line: string) => void lines.push(line)
  const loggers = createLoggers({ level: 'info', fields: { agent: 'a' }, redactor: createRedactor(), sink })
  const series = createSeries()
  const parts = { everySeconds, logger: loggers.get('agent.metrics'), failures: loggers.get('agent') }
  return { lines, series, parts }
}

const parsed = (lines: readonly string[]) => lines.map(line => JSON.parse(line))

describe('startMetricLog', () => {
  test('writes all series as lines of the schema when it is stopped', async () => {
    const { lines, series, parts } = open(3_600)
    series.add('agent_run_attempts_total', { status: 'success' }, 3)
    series.set('agent_runs_active', {}, 2)
    series.observe('agent_request_duration_seconds', { connector: 'shop', kind: 'read' }, 0.5)
    const stop = startMetricLog({ ...parts, samples: async () => series.samples() })

    await stop()

    const check = compileSchema(metricLineSchema)
    expect(lines.map(line => check(JSON.parse(line)).ok)).toEqual([true, true, true])
    expect(parsed(lines)).toMatchObject([
      { metric: 'agent_run_attempts_total', type: 'counter', labels: { status: 'success' }, value: 3, delta: 3 },
      { metric: 'agent_runs_active', type: 'gauge', labels: {}, value: 2 },
      { type: 'histogram', labels: { connector: 'shop' }, count: 1, sum: 0.5, deltaCount: 1, deltaSum: 0.5 },
    ])
  })

  test('tells changes only, so that their sum is the whole', async () => {
    const { lines, series, parts } = open(1)
    series.add('agent_run_attempts_total', { status: 'success' }, 3)
    series.set('agent_runs_active', {}, 2)
    let asked = 0
    let askedTwice: () => void = () => undefined
    const twice = new Promise<void>(resolve => {
      askedTwice = resolve
    })
    const samples = async () => {
      asked += 1
      if (asked === 2) askedTwice()
      return series.samples()
    }
    const stop = startMetricLog({ ...parts, samples })

    await twice
    series.add('agent_run_attempts_total', { status: 'success' }, 4)
    await stop()

    const told = parsed(lines)
    const ofCounter = told.filter(({ type }) => type === 'counter')
    expect(ofCounter.map(({ delta }) => delta)).toEqual([3, 4])
    expect(ofCounter.at(-1)).toMatchObject({ value: 7 })
    expect(told.filter(({ type }) => type === 'gauge')).toHaveLength(asked)
  })

  test('writes nothing when it is off', async () => {
    const { lines, parts } = open(0)
    const samples = () => Promise.reject(new Error('asked'))

    await startMetricLog({ ...parts, samples })()

    expect(lines).toEqual([])
  })

  test('tells that metrics could not be read', async () => {
    const { lines, parts } = open(3_600)

    await startMetricLog({ ...parts, samples: () => Promise.reject(new Error('database is locked')) })()

    expect(parsed(lines)).toMatchObject([
      { logger: 'agent', level: 'warn', error: 'database is locked', message: 'metrics not logged' },
    ])
  })
})
