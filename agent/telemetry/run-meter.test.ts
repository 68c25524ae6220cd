import { describe, expect, test } from '@jest/globals'
import { noCounts, type RunStatus, type RunSummary } from '../run/status.ts'
import { createRunMeter } from './run-meter.ts'
import { createSeries } from './series.ts'

const counts = { ...noCounts(), read: 5, written: 4, rejected: 1 }

function meterOver(run: Partial<RunSummary>) {
  const series = createSeries()
  const found: RunSummary = {
    ...{ runId: 'r', cursor: 1, operation: 'o', agent: 'a', attempt: 1, status: 'success', counts },
    submittedAt: '2026-01-01T00:00:00Z',
    ...run,
  }
  const meter = createRunMeter(series, () => found)
  const values = () =>
    Object.fromEntries(series.samples().map(({ name, labels, ...value }) => [[name, ...labels].join(' '), value]))
  return { meter, values }
}

const inFuture = new Date(Date.now() + 60_000).toISOString()
const ended = { endedAt: inFuture, durationMs: 1_500, source: 'shop 1.0.0', target: 'files 2.0.0' }

describe('createRunMeter', () => {
  test('counts the attempt, the time and the records of a run that has ended', () => {
    const { meter, values } = meterOver(ended)

    meter.started('r')
    meter.ended('r', 'success', counts)

    expect(values()).toEqual({
      'agent_run_attempts_total success': { value: 1 },
      'agent_run_duration_seconds success': { histogram: { counts: expect.any(Array), sum: 1.5 } },
      'agent_records_total read shop files': { value: 5 },
      'agent_records_total written shop files': { value: 4 },
      'agent_records_total rejected shop files': { value: 1 },
    })
  })

  test.each<RunStatus | 'lost'>(['pending', 'lost'])('counts only the attempt of one that is %s', status => {
    const { meter, values } = meterOver({})

    meter.started('r')
    meter.ended('r', status, counts)

    expect(values()).toEqual({ [`agent_run_attempts_total ${status}`]: { value: 1 } })
  })

  test('counts nothing when the queue brings a run again that has ended', () => {
    const { meter, values } = meterOver({ ...ended, endedAt: '2026-01-01T00:00:00Z' })

    meter.started('r')
    meter.ended('r', 'success', counts)

    expect(values()).toEqual({})
  })
})
