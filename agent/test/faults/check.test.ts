import { describe, expect, test } from '@jest/globals'
import { noCounts } from '../../run/status.ts'
import { type Evidence, judge } from './check.ts'

/** A run of four records that went well. */
const well: Evidence = {
  status: 'success',
  counts: { ...noCounts(), read: 4, written: 4 },
  unsettled: [],
  applied: [1, 1, 1, 1],
  strangers: 0,
  mayBeUnknown: 2,
  isWhole: true,
}

const problemsOf = (change: Partial<Evidence>) => judge({ ...well, ...change }).problems.join('; ')

describe('judge', () => {
  test('finds nothing wrong with a run that went well', () => {
    expect(judge(well)).toEqual({ lost: 0, doubled: 0, unknown: 0, problems: [] })
  })

  test('sees a record that is there twice', () => {
    expect(judge({ ...well, applied: [1, 3, 1, 1] })).toMatchObject({ doubled: 2, problems: ['2 doubled'] })
  })

  test('sees a record that is said to be written and is not there', () => {
    expect(judge({ ...well, applied: [1, 1, 0, 1] })).toMatchObject({ lost: 1, problems: ['1 lost (3)'] })
  })

  test('takes a record that is kept as rejected or unknown for accounted for', () => {
    const findings = judge({
      ...well,
      counts: { ...noCounts(), read: 4, written: 2, rejected: 1, unknown: 1 },
      unsettled: [
        { number: 2, status: 'rejected' },
        { number: 3, status: 'unknown' },
      ],
      applied: [1, 0, 1, 1],
    })

    expect(findings).toEqual({ lost: 0, doubled: 0, unknown: 1, problems: [] })
  })

  test('lets a canceled run leave records out that it has not read', () => {
    const counts = { ...noCounts(), read: 2, written: 2 }

    expect(problemsOf({ status: 'canceled', isWhole: false, counts, applied: [1, 1, 0, 0] })).toBe('')
  })

  test.each<readonly [string, Partial<Evidence>]>([
    ['4 read of 5', { applied: [1, 1, 1, 1, 0] }],
    ['changes nobody asked for', { strangers: 1 }],
    ['do not add up', { counts: { ...noCounts(), read: 4, written: 3 } }],
    ['1 applied, but not in the log (4)', { isWhole: false, counts: { ...noCounts(), read: 3, written: 3 } }],
    ['said to be rejected, but in the target (2)', { unsettled: [{ number: 2, status: 'rejected' }] }],
    ['1 rejected, but 0 of them kept', { counts: { ...noCounts(), read: 4, written: 3, rejected: 1 } }],
    ['1 unknown, but 0 of them kept', { counts: { ...noCounts(), read: 4, written: 3, unknown: 1 } }],
    ['4 unknown, but at most 2', { counts: { ...noCounts(), read: 4, unknown: 4 } }],
  ])('says: %s', (words, change) => {
    expect(problemsOf(change)).toContain(words)
  })
})
