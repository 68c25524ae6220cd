import { describe, expect, test } from '@jest/globals'
import { isWithinWindow } from './maintenance-window.ts'

describe('isWithinWindow', () => {
  test.each([
    [undefined, '12:00', true],
    ['02:00-05:00', '01:59', false],
    ['02:00-05:00', '02:00', true],
    ['02:00-05:00', '04:59', true],
    ['02:00-05:00', '05:00', false],
    ['22:00-04:00', '23:30', true],
    ['22:00-04:00', '03:59', true],
    ['22:00-04:00', '12:00', false],
    ['02:00-02:00', '02:00', false],
  ])('with %s at %s is %s', (window, time, expected) => {
    expect(isWithinWindow(window, new Date(`2026-11-25T${time}:30Z`))).toBe(expected)
  })
})
