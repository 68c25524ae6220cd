import { describe, expect, test } from '@jest/globals'
import { createPacing } from './pacing.ts'

const never = new AbortController().signal

/** How long an acquire takes; the clock is the real one, so tests compare with wide margins. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function quota(remaining: number, resetMs: number) {
  return { quota: 100, remaining, resetMs, windowMs: 30_000 }
}

/** Whether a request may go out now; gives up after a moment. */
async function isFree(pacing: ReturnType<typeof createPacing>, account: string): Promise<boolean> {
  return pacing.acquire(account, request, AbortSignal.timeout(20)).then(
    () => true,
    () => false,
  )
}

const request = { endpoint: 'GET /v3/catalog/products', kind: 'read' } as const

describe('createPacing', () => {
  test('lets everything through while nothing is known of an account', async () => {
    const pacing = createPacing()

    expect(await Promise.all([1, 2, 3].map(() => isFree(pacing, 'a')))).toEqual([true, true, true])
  })

  test('sends what the store has left but one, then waits for the next window', async () => {
    const pacing = createPacing()
    pacing.report('a', quota(3, 200))

    const now = await Promise.all([1, 2, 3].map(() => isFree(pacing, 'a')))
    const waitedMs = await timeOf(() => pacing.acquire('a', request, never))

    expect(now).toEqual([true, true, false])
    expect(waitedMs).toBeGreaterThan(50)
    expect(waitedMs).toBeLessThan(1_500)
  })

  test('keeps accounts apart', async () => {
    const pacing = createPacing()
    pacing.report('a', quota(0, 30_000))
    pacing.hold('b', 30_000, 'quota')

    expect(await Promise.all(['a', 'b', 'c'].map(account => isFree(pacing, account)))).toEqual([false, false, true])
  })

  test('believes the smallest count of a window, as answers overtake each other', async () => {
    const pacing = createPacing()
    pacing.report('a', quota(1, 30_000))
    pacing.report('a', quota(50, 30_000))

    expect(await isFree(pacing, 'a')).toBe(false)
  })

  test('takes the count of a new window as it is', async () => {
    const pacing = createPacing()
    pacing.report('a', quota(1, 500))
    pacing.report('a', quota(50, 30_000))

    expect(await isFree(pacing, 'a')).toBe(true)
  })

  test('holds everybody for as long as the longest refusal says', async () => {
    const pacing = createPacing()
    pacing.hold('a', 200, 'quota')
    pacing.hold('a', 1, 'quota')

    const waitedMs = await timeOf(() =>
      Promise.all([pacing.acquire('a', request, never), pacing.acquire('a', request, never)]),
    )

    expect(waitedMs).toBeGreaterThan(150)
  })

  test('ends the waiting with the reason of the signal', async () => {
    const pacing = createPacing()
    pacing.hold('a', 30_000, 'quota')
    const stop = new AbortController()
    const reason = new Error('canceled')

    const waiting = pacing.acquire('a', request, stop.signal)
    stop.abort(reason)

    await expect(waiting).rejects.toBe(reason)
    await expect(pacing.acquire('b', request, stop.signal)).rejects.toBe(reason)
  })

  test('does not spin when a store says a time beyond what a timer can wait', async () => {
    const pacing = createPacing()
    pacing.report('a', quota(0, 5_000_000_000))
    const signal = AbortSignal.timeout(50)
    let turns = 0
    const check = signal.throwIfAborted.bind(signal)
    signal.throwIfAborted = () => {
      turns += 1
      check()
    }

    const waiting = pacing.acquire('a', request, signal)

    await expect(waiting).rejects.toThrow('timeout')
    expect(turns).toBeLessThan(4)
  })
})
