import { describe, expect, test } from '@jest/globals'
import { quotaIn, waitAfterRefusal } from './pacer.ts'

const whole = {
  'x-rate-limit-requests-quota': '150',
  'x-rate-limit-requests-left': '7',
  'x-rate-limit-time-reset-ms': '12000',
  'x-rate-limit-time-window-ms': '30000',
}

describe('quotaIn', () => {
  test('reads the four headers', () => {
    expect(quotaIn(whole)).toEqual({ quota: 150, remaining: 7, resetMs: 12_000, windowMs: 30_000 })
  })

  test.each([
    {},
    { ...whole, 'x-rate-limit-requests-left': undefined },
    { ...whole, 'x-rate-limit-requests-left': '' },
    { ...whole, 'x-rate-limit-requests-left': '-1' },
    { ...whole, 'x-rate-limit-requests-left': ['1', '2'] },
  ])('says nothing of %j', headers => {
    expect(quotaIn(headers)).toBeUndefined()
  })
})

describe('waitAfterRefusal', () => {
  test.each([
    [{}, undefined],
    [{ 'x-rate-limit-time-reset-ms': '12000' }, 12_000],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'x-retry-after': '4', 'retry-after': '3' }, 4_000],
    [{ 'retry-after': '20', 'x-rate-limit-time-reset-ms': '12000' }, 20_000],
    [{ 'retry-after': 'Wed, 25 Nov 2026 10:00:00 GMT' }, undefined],
    [{ 'x-rate-limit-time-reset-ms': '0' }, 0],
  ])('of %j is %s', (headers, expected) => {
    expect(waitAfterRefusal(headers)).toBe(expected)
  })
})
