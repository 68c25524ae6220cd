import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { WriteJournal } from '../../sdk/connector.ts'
import { startTestStore, type TestStore } from './test-store.ts'
import { writeTo } from './test-write.ts'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store.close())

const brands = ['a', 'b', 'c'].map(name => ({ name }))

/** A journal that keeps what it is told, in order, between the requests; from a certain announcement on it says no. */
function keepJournal(refuseFrom = Number.POSITIVE_INFINITY): {
  readonly events: string[]
  readonly journal: WriteJournal
} {
  const events: string[] = []
  let announced = 0
  const journal: WriteJournal = {
    async sending(places, { isRepeatable }) {
      announced += 1
      if (announced >= refuseFrom) throw Object.assign(new Error('the run is not ours'), { code: 'RUN_LOST' })
      events.push(`sending ${places.join()}${isRepeatable ? ' again' : ''}, ${store.requests.length} arrived`)
    },
    settled: (place, { status }) => void events.push(`${place} ${status}, ${store.requests.length} arrived`),
  }
  return { events, journal }
}

describe('the journal', () => {
  test('hears of a request before it is sent, and of each outcome as soon as it is known', async () => {
    const { events, journal } = keepJournal()

    await writeTo(store, 'Create', { object: 'brands', concurrency: 1 }, [...brands.slice(0, 2), { nam: 'x' }], {
      journal,
    })

    expect(events).toEqual([
      '2 rejected, 0 arrived',
      'sending 0, 0 arrived',
      '0 written, 1 arrived',
      'sending 1, 1 arrived',
      '1 written, 2 arrived',
    ])
  })

  test('hears of every attempt', async () => {
    const { events, journal } = keepJournal()
    store.on(/PUT/, (_, place) => (place === 1 ? { cut: 'before' } : { body: { data: {} } }))

    await writeTo(store, 'Update', { object: 'brands' }, [{ id: 5, name: 'a' }], { journal })

    expect(events).toEqual(['sending 0 again, 0 arrived', 'sending 0 again, 1 arrived', '0 written, 2 arrived'])
  })

  test('hears of a record that is sent again because it is not there', async () => {
    const { events, journal } = keepJournal()
    store.on(/POST/, (_, place) => (place === 1 ? { cut: 'before' } : { body: { data: { id: 1 } } }))

    await writeTo(store, 'Create', { object: 'brands' }, [{ name: 'a' }], { journal })

    // Two looks came between.
    expect(events).toEqual(['sending 0, 0 arrived', 'sending 0, 3 arrived', '0 written, 4 arrived'])
  })

  test.each([
    ['Create', { object: 'brands', concurrency: 1 }, brands],
    ['Update', { object: 'products' }, [{ id: 1, price: 1 }]],
    ['Delete', { object: 'brands' }, [{ id: 5 }]],
    ['Delete', { object: 'banners', allowDeleteAll: true, expectRecords: 0 }, [{}]],
  ] as const)('keeps a request of %s back by saying no', async (activity, options, records) => {
    const { events, journal } = keepJournal(1)

    const work = writeTo(store, activity, options, records, { journal })

    await expect(work).rejects.toMatchObject({ code: 'RUN_LOST', message: 'the run is not ours' })
    expect(store.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(events).toEqual([])
  })

  test('ends the work by saying no, though something is written; what is known stays known', async () => {
    const { events, journal } = keepJournal(2)

    const work = writeTo(store, 'Create', { object: 'brands', concurrency: 1 }, brands, { journal })

    await expect(work).rejects.toMatchObject({ code: 'RUN_LOST' })
    expect(events).toEqual(['sending 0, 0 arrived', '0 written, 1 arrived'])
    expect(store.requests).toHaveLength(1)
  })

  test('gives the turn back that its refusal leaves unused', async () => {
    const { journal } = keepJournal(1)
    let held = 0
    const pacing = {
      acquire: async () => {
        held += 1
        return () => {
          held -= 1
        }
      },
      report: () => undefined,
      hold: () => undefined,
    }

    await writeTo(store, 'Create', { object: 'brands' }, brands, { journal, pacing }).catch(() => undefined)

    expect(held).toBe(0)
  })
})
