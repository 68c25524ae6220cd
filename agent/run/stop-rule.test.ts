import { describe, expect, test } from '@jest/globals'
import { noCounts } from './status.ts'
import { enforceStopRule, type StopRule, stopRuleOf } from './stop-rule.ts'

const counts = (read: number, rejected: number, unknown = 0) => ({
  ...noCounts(),
  read,
  rejected,
  unknown,
  written: read - rejected - unknown,
})

describe('enforceStopRule', () => {
  test.each<[StopRule, number, number, number, boolean]>([
    [{}, 10, 10, 0, true],
    [{ continueOnError: true }, 10, 10, 0, true],
    [{ continueOnError: false }, 10, 0, 0, true],
    [{ stopAfterRejected: 3 }, 10, 2, 0, true],
    [{ stopAfterRejectedPercent: 10 }, 99, 50, 0, false],
    [{ stopAfterRejectedPercent: 10 }, 100, 9, 0, false],
    [{ stopAfterRejectedPercent: 0.5 }, 1_000, 4, 0, true],
    [{ stopAfterRejectedPercent: 0.5 }, 0, 0, 0, true],
  ])(
    '%j lets a run with %i read, %i rejected, %i unknown go on, at its end: %s',
    (rule, read, rejected, unknown, isEnd) => {
      expect(() => enforceStopRule(rule, counts(read, rejected, unknown), isEnd)).not.toThrow()
    },
  )

  test.each<[StopRule, number, number, number, boolean, string]>([
    [{ continueOnError: false }, 10, 1, 0, false, '1 rejected of 10 records: stopped by continueOnError: false'],
    [{ continueOnError: false }, 10, 0, 1, false, '0 rejected and 1 in doubt of 10 records'],
    [{ stopAfterRejected: 3 }, 2_000, 2, 1, false, 'of 2,000 records: stopped by stopAfterRejected: 3'],
    [{ stopAfterRejectedPercent: 10 }, 99, 10, 0, true, 'stopped by stopAfterRejectedPercent: 10'],
    [{ stopAfterRejectedPercent: 10 }, 100, 10, 0, false, 'stopped by stopAfterRejectedPercent: 10'],
    [{ stopAfterRejectedPercent: 0.5 }, 1_000, 5, 0, false, 'stopped by stopAfterRejectedPercent: 0.5'],
    [{ stopAfterRejectedPercent: 100 }, 4, 4, 0, true, 'stopped by stopAfterRejectedPercent: 100'],
  ])(
    '%j ends a run with %i read, %i rejected, %i unknown, at its end: %s',
    (rule, read, rejected, unknown, isEnd, message) => {
      expect(() => enforceStopRule(rule, counts(read, rejected, unknown), isEnd)).toThrow(
        expect.objectContaining({ code: 'TOO_MANY_REJECTED', message: expect.stringContaining(message) }),
      )
    },
  )
})

describe('stopRuleOf', () => {
  test('takes each field from the job, else from the operation', () => {
    const operation = { continueOnError: false, stopAfterRejected: 3 }

    expect(stopRuleOf({ continueOnError: true }, operation)).toEqual({ continueOnError: true, stopAfterRejected: 3 })
    expect(stopRuleOf({ stopAfterRejectedPercent: 5 }, operation)).toEqual({
      ...operation,
      stopAfterRejectedPercent: 5,
    })
  })
})
