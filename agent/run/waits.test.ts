import { describe, expect, test } from '@jest/globals'
import { quietContext } from '../../connectors/sdk/quiet-context.ts'
import { createWaits } from './waits.ts'

const { pacing } = quietContext()
const request = { endpoint: 'GET /x', kind: 'read' } as const

describe('createWaits', () => {
  test('has nothing to tell of a run that never waited', async () => {
    const waits = createWaits(() => undefined)

    await waits.over(pacing).acquire('a', request, new AbortController().signal)

    expect(waits.text()).toBeUndefined()
  })

  test('tells of refused requests at the first and at the end', () => {
    const told: number[] = []
    const waits = createWaits(waitMs => told.push(waitMs))
    const held: unknown[][] = []
    const counted = waits.over({ ...pacing, hold: (...hold) => held.push(hold) })

    counted.hold('a', 700, 'load')
    counted.hold('a', 800, 'quota')

    expect(told).toEqual([700])
    expect(held).toEqual([
      ['a', 700, 'load'],
      ['a', 800, 'quota'],
    ])
    expect(waits.text()).toBe(
      'requests waited 1.5 s for the quota of the account, all together; 2 refused, and sent again',
    )
  })
})
