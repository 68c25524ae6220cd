import { describe, expect, test } from '@jest/globals'
import type { ReplayRequest } from './api/rejected.ts'
import type { KeptRecordHead } from './logs/unsettled-records.ts'
import { chooseRecords, replayLimits } from './replay-choice.ts'

function head(number: number, more: Partial<KeptRecordHead> = {}): KeptRecordHead {
  return { number, status: 'rejected', stage: 'target', isMasked: false, sizeBytes: 10, ...more }
}

/** Two rejected, one in doubt, one replayed, one masked. */
const kept = [
  head(1),
  head(2),
  head(5, { status: 'unknown' }),
  head(7, { replayedIn: 'before' }),
  head(9, { isMasked: true }),
]
const plain = kept.slice(0, 4)
const record = { name: 'Hat' }

describe('chooseRecords', () => {
  test.each<[ReplayRequest, readonly KeptRecordHead[], number[], number]>([
    [{}, plain, [1, 2], 1],
    [{ includeUnknown: true }, plain, [1, 2, 5], 1],
    [{ again: true }, plain, [1, 2, 7], 0],
    [{ only: '2' }, kept, [2], 0],
    [{ only: '1-2,5', includeUnknown: true }, kept, [1, 2, 5], 0],
    [{ only: '7', again: true }, kept, [7], 0],
    [{ records: [{ number: 9, record }] }, kept, [9], 0],
    [
      {
        records: [
          { number: 9, record },
          { number: 1, record },
        ],
        only: '1-8',
      },
      kept,
      [1],
      0,
    ],
  ])('%j takes what it asks for', (request, from, numbers, leftOut) => {
    expect(chooseRecords(from, request, 'new')).toEqual({ numbers, leftOut })
  })

  test('takes again what its own first try has marked', () => {
    expect(chooseRecords([head(1, { replayedIn: 'new' })], {}, 'new')).toEqual({ numbers: [1], leftOut: 0 })
  })

  test.each<[ReplayRequest, readonly KeptRecordHead[], string]>([
    [{}, kept, 'record 9: not kept as it was, since secrets in it were masked'],
    [{ only: '3' }, kept, 'record 3 is not among the records to choose from'],
    [{ only: '1,10-20' }, kept, 'none of 10-20 is among'],
    [{ only: '5' }, kept, 'record 5: may have been written and could double'],
    [{ only: '1-7', includeUnknown: true }, kept, 'record 7: replayed already, last in run before'],
    [{ records: [{ number: 4, record, line: 8 }] }, kept, 'line 8: record 4 is not among the rejected records'],
    [{ records: [1, 1].map(number => ({ number, record })) }, kept, 'record 1 is given twice'],
    [{ records: [{ number: 9, record: { key: '********' } }] }, kept, 'record 9 still holds ********'],
    [{ records: [{ number: 7, record }] }, kept, 'record 7: replayed already'],
    [{}, [], 'the run has no rejected records of this kind'],
    [{}, [head(7, { replayedIn: 'before' })], 'all 1 rejected records have been replayed already, last in run before'],
    [{}, [head(5, { status: 'unknown' })], '1 records are in doubt, none is rejected'],
    [
      {},
      [1, 2, 3, 4, 5, 6, 7].map(number => head(number, { isMasked: true })),
      'records 1, 2, 3, 4, 5 and 2 more: not kept',
    ],
    [{}, [head(1, { sizeBytes: replayLimits.bytes }), head(2)], '2 records of 257 MB are too many'],
  ])('%j is refused', (request, from, message) => {
    expect(() => chooseRecords(from, request, 'new')).toThrow(
      expect.objectContaining({ code: 'REPLAY_REFUSED', message: expect.stringContaining(message) }),
    )
  })
})
