import { describe, expect, test } from '@jest/globals'
import { createAlone } from './alone.ts'

const read = { endpoint: 'GET /things', kind: 'read' } as const

describe('createAlone', () => {
  test('sends one request a second while the quota is not known', () => {
    const alone = createAlone()

    expect([0, 0, 400, 1_000].map(now => alone.take(read, now))).toEqual([0, 1_000, 600, 0])
  })

  test('sends a fifth of the known quota, evenly', () => {
    const alone = createAlone()
    alone.report({ quota: 150, remaining: 100, resetMs: 20_000, windowMs: 30_000 }, 0)

    expect([0, 0, 1_000].map(now => alone.take(read, now))).toEqual([0, 1_000, 0])
  })

  test('waits for the end of a window that is used up, and as long as the store says', () => {
    const alone = createAlone()
    alone.report({ quota: 150, remaining: 3, resetMs: 20_000, windowMs: 30_000 }, 0)
    alone.hold(30_000, 0)
    alone.hold(1, 0)

    expect([0, 30_000].map(now => alone.take(read, now))).toEqual([30_000, 0])
  })

  test('keeps the limit of an endpoint', () => {
    const alone = createAlone()
    const one = { ...read, maxConcurrent: 1 }

    const first = [alone.take(one, 0), alone.take(one, 5_000)]
    alone.ended(one)

    expect([...first, alone.take(one, 6_000)]).toEqual([0, 1_000, 0])
  })
})
