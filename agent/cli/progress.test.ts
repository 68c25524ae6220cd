import { describe, expect, test } from '@jest/globals'
import { noCounts, type RunSummary } from '../run/status.ts'
import { createProgress } from './progress.ts'

function runThatRead(read: number, more: Partial<RunSummary> = {}): RunSummary {
  const job = { runId: 'r', cursor: 1, operation: 'o', agent: 'a', submittedAt: '2026-11-25T12:00:00.000Z' }
  return { ...job, status: 'running', attempt: 1, counts: { ...noCounts(), read }, total: 10_000, ...more }
}

describe('line', () => {
  test('tells records, rate and time left', () => {
    const progress = createProgress()
    progress.line(runThatRead(0), 0)
    progress.line(runThatRead(500), 10_000)

    const line = progress.line(runThatRead(2_500), 14_000)

    expect(line).toBe('[######------------------] 2,500 of 10,000  500/s  15.0 s left')
  })

  test('tells the rate of the last ten seconds, not of the whole run', () => {
    const progress = createProgress()
    progress.line(runThatRead(0), 0)
    for (let at = 1_000; at <= 60_000; at += 1_000) progress.line(runThatRead(at / 1_000), at)
    for (let at = 61_000; at < 70_000; at += 1_000) progress.line(runThatRead(60 + (at - 60_000) / 10), at)

    const line = progress.line(runThatRead(1_060), 70_000)

    expect(line).toContain('  100/s  ')
  })

  test('does not count what was read before it looked, nor by an earlier attempt', () => {
    const progress = createProgress()
    const first = progress.line(runThatRead(5_000, { durationMs: 10 }), 0)
    progress.line(runThatRead(6_000), 1_000)
    progress.line(runThatRead(5_500, { attempt: 2 }), 2_000)
    progress.line(runThatRead(5_500, { attempt: 2 }), 4_000)
    progress.line(runThatRead(5_550, { attempt: 2 }), 5_000)

    const line = progress.line(runThatRead(5_600, { attempt: 2 }), 6_000)

    expect(first).toBe('[############------------] 5,000 of 10,000')
    expect(line).toBe('[#############-----------] 5,600 of 10,000  50/s  1 min 28 s left')
  })

  test('tells a status in which nothing is read, and how long nothing was', () => {
    const progress = createProgress()
    const waiting = progress.line(runThatRead(0, { status: 'pending' }), 0)
    progress.line(runThatRead(100), 1_000)

    const still = progress.line(runThatRead(100), 8_000)

    expect(waiting).toBe('[------------------------] 0 of 10,000  pending')
    expect(still).toBe('[------------------------] 100 of 10,000  nothing read for 7.0 s')
  })

  test('tells no share of what nobody knows the end of', () => {
    const progress = createProgress()
    const { total: _, ...run } = runThatRead(0)
    progress.line(run, 0)
    progress.line({ ...run, counts: { ...noCounts(), read: 50 } }, 1_000)

    expect(progress.line({ ...run, counts: { ...noCounts(), read: 80 } }, 2_000)).toBe('80 records  30/s')
  })
})

describe('plainLine', () => {
  test('speaks every thirty seconds', () => {
    const progress = createProgress()
    progress.plainLine(runThatRead(0), 0)
    const lines = [10_000, 20_000, 30_000, 40_000, 60_000].map(at => progress.plainLine(runThatRead(at / 10), at))

    expect(lines).toEqual([
      undefined,
      undefined,
      '3,000 of 10,000  100/s  1 min 10 s left',
      undefined,
      '6,000 of 10,000  100/s  40.0 s left',
    ])
  })
})
