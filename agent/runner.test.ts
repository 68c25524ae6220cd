import { describe, expect, test } from '@jest/globals'
import { identify } from './runner.ts'

const timestamp = 1_700_000_000_000

describe('identify', () => {
  test.each([
    ['the data name', { id: 'x', data: { runId: 'mine' } }, 'mine'],
    ['the job has', { id: 'nightly-7', data: {} }, 'nightly-7'],
    ['the job has, when the data are nothing', { id: 'nightly-7', data: null }, 'nightly-7'],
    ['tells a number from the same in another Redis', { id: '12', data: {} }, 'j1700000000000-12'],
    ['the job has, when the data name none that is one', { id: 'nightly-7', data: { runId: '../x' } }, 'nightly-7'],
  ])('takes the id that %s', (_what, job, runId) => {
    expect(identify({ timestamp, ...job })).toEqual({ runId, jobId: job.id })
  })

  test.each(['../../etc/x', 'a/b', 'x'.repeat(65), 'a b', ''])('never lets %j into a file name', id => {
    const first = identify({ timestamp, id, data: {} })
    const again = identify({ timestamp, id, data: {} })

    expect(first.runId).toMatch(/^j1700000000000-[0-9a-f]{16}$/)
    expect(again).toEqual({ runId: first.runId, jobId: id })
  })
})
