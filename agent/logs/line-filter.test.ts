import { describe, expect, test } from '@jest/globals'
import { createLineFilter, parseMoment, timeOf } from './line-filter.ts'

const now = Date.UTC(2026, 10, 24, 12)

describe('parseMoment', () => {
  test.each([
    ['90s', now - 90_000],
    ['30m', now - 1_800_000],
    ['2h', now - 7_200_000],
    ['3d', now - 259_200_000],
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T13:00:00+02:00', now - 3_600_000],
  ])('takes %s', (text, expected) => {
    expect(parseMoment('since', text, now)).toBe(expected)
  })

  test.each(['', 'yesterday', '5', '2w', '-2h', '2026-13-01'])('refuses %j and names it', text => {
    expect(() => parseMoment('since', text, now)).toThrow(`since ${JSON.stringify(text)}: must be a time like`)
  })
})

describe('createLineFilter', () => {
  test('takes a run by its field, not by its name in a text', () => {
    const isWanted = createLineFilter({ run: 'r1' }, now)

    expect(isWanted('{"level":"info","runId":"r1"}')).toBe(true)
    expect(isWanted('{"level":"info","runId":"r2","message":"after r1"}')).toBe(false)
    expect(isWanted('no JSON r1')).toBe(false)
  })

  test('takes both ends of a time', () => {
    const isWanted = createLineFilter({ since: '2h', until: '1h' }, now)
    const at = (hour: number) => `{"time":"${new Date(Date.UTC(2026, 10, 24, hour)).toISOString()}"}`

    expect([9, 10, 11, 12].map(hour => isWanted(at(hour)))).toEqual([false, true, true, false])
  })
})

describe('timeOf', () => {
  test('finds the time under both names', () => {
    expect(timeOf('{"level":"info","time":"t1"}')).toBe('t1')
    expect(timeOf('{"@timestamp":"t2"}')).toBe('t2')
    expect(timeOf('none')).toBe('')
  })
})
