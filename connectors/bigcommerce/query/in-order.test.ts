import { describe, expect, test } from '@jest/globals'
import { inOrder } from './in-order.ts'

const { signal } = new AbortController()

/** Fetches that end when the test says so. */
function openFetches() {
  const asked: number[] = []
  const ends = new Map<number, (failure?: Error) => void>()
  const signals = new Map<number, AbortSignal>()
  return {
    asked,
    signals,
    end: (page: number, failure?: Error) => ends.get(page)?.(failure),
    fetch: (page: number, stop: AbortSignal) =>
      new Promise<number>((resolve, reject) => {
        asked.push(page)
        signals.set(page, stop)
        ends.set(page, failure => (failure === undefined ? resolve(page) : reject(failure)))
        stop.addEventListener('abort', () => reject(stop.reason), { once: true })
      }),
  }
}

describe('inOrder', () => {
  test('yields in order what comes out of order, with only so many on their way', async () => {
    const { asked, end, fetch } = openFetches()
    const pages = inOrder({ from: 3, to: 7, ahead: 2, signal }, fetch)

    const first = pages.next()
    const before = [...asked]
    end(4)
    end(3)
    const yielded = [(await first).value]
    const between = [...asked]
    end(5)
    yielded.push((await pages.next()).value, (await pages.next()).value)
    end(6)
    end(7)
    yielded.push((await pages.next()).value, (await pages.next()).value)

    expect([before, between]).toEqual([
      [3, 4],
      [3, 4, 5],
    ])
    expect(yielded).toEqual([3, 4, 5, 6, 7])
    expect(await pages.next()).toEqual({ done: true, value: undefined })
    expect(asked).toEqual([3, 4, 5, 6, 7])
  })

  test('tells a failure when its turn comes, after the pages before it, and aborts the rest', async () => {
    const { end, signals, fetch } = openFetches()
    const pages = inOrder({ from: 1, to: Number.POSITIVE_INFINITY, ahead: 3, signal }, fetch)
    const first = pages.next()
    end(2, new Error('page 2 is broken'))
    end(1)

    const { value } = await first

    expect(value).toBe(1)
    await expect(pages.next()).rejects.toThrow('page 2 is broken')
    expect(signals.get(3)?.aborted).toBe(true)
  })

  test('aborts and awaits what is on its way when the reader stops', async () => {
    const { end, signals, fetch } = openFetches()
    let settled = 0
    const counting = (page: number, stop: AbortSignal) => fetch(page, stop).finally(() => (settled += 1))
    const pages = inOrder({ from: 1, to: 9, ahead: 3, signal }, counting)
    const first = pages.next()
    end(1)
    await first

    await pages.return(undefined)

    expect([2, 3, 4].map(page => signals.get(page)?.aborted)).toEqual([true, true, true])
    expect(settled).toBe(4)
  })

  test('hands the abort of the run on', async () => {
    const { fetch } = openFetches()
    const stop = new AbortController()
    const reason = new Error('canceled')
    const pages = inOrder({ from: 1, to: 9, ahead: 3, signal: stop.signal }, fetch)
    const first = pages.next()

    stop.abort(reason)

    await expect(first).rejects.toBe(reason)
  })

  test('asks for nothing when there is nothing', async () => {
    const { asked, fetch } = openFetches()

    expect(await inOrder({ from: 2, to: 1, ahead: 3, signal }, fetch).next()).toMatchObject({ done: true })
    expect(asked).toEqual([])
  })

  test('asks for more at a time while the reader waits, up to the most allowed', async () => {
    const { asked, end, fetch } = openFetches()
    const pages = inOrder({ from: 1, to: 50, ahead: 16, aheadAtFirst: 4, signal }, fetch)
    const counts: number[] = []

    for (const page of [1, 2, 3]) {
      const turn = pages.next()
      counts.push(asked.length - page + 1)
      end(page)
      await turn
    }
    counts.push(asked.length - 3)
    await pages.return(undefined)

    expect(counts).toEqual([4, 8, 16, 16])
  })

  test('asks for fewer again when pages pile up', async () => {
    const { asked, end, fetch } = openFetches()
    const pages = inOrder({ from: 1, to: 50, ahead: 8, aheadAtFirst: 2, signal }, fetch)
    for (const page of [1, 2, 3]) {
      const turn = pages.next()
      end(page)
      await turn
    }
    const before = asked.length - 3

    for (const page of asked.slice(3)) end(page)
    await Promise.resolve()
    for (let count = 0; count < 4; count += 1) await pages.next()

    expect([before, asked.length - 7]).toEqual([8, 4])
    await pages.return(undefined)
  })

  test('holds no more pages than fit into the memory for them', async () => {
    const { asked, end, fetch } = openFetches()
    const pages = inOrder({ from: 1, to: 20, ahead: 8, signal, weigh: () => 6 * 1_048_576 }, fetch)
    const turn = pages.next()
    for (const page of [1, 2, 3, 4, 5, 6, 7, 8]) end(page)
    await turn

    for (let count = 0; count < 7; count += 1) await pages.next()

    expect(asked.length - 8).toBe(2)
    await pages.return(undefined)
  })
})
