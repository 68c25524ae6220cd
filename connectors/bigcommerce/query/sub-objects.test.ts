import { afterEach, describe, expect, test } from '@jest/globals'
import { type FakeAnswer, type FakeStore, numbered, pageOf, startFakeStore } from '../test/fake-store.ts'
import { readPages, recordsIn, resumeEverywhere } from '../test/reading.ts'

let store: FakeStore | undefined
afterEach(async () => {
  await store?.close()
  store = undefined
})

async function fake(answer: (path: string, query: URLSearchParams) => FakeAnswer): Promise<FakeStore> {
  store = await startFakeStore(answer)
  return store
}

/** Orders 1 to 7, each with as many transactions as its number says; order 4 has gone. */
function orders(path: string, query: URLSearchParams): FakeAnswer {
  const limit = Number(query.get('limit'))
  const page = Number(query.get('page'))
  if (path === '/v2/orders') {
    const part = numbered(7).slice((page - 1) * limit, page * limit)
    return part.length === 0 ? {} : { body: part }
  }
  const id = Number(path.split('/')[3])
  return id === 4 ? undefined : { body: { data: numbered(id, { of: id }), meta: {} } }
}

function modifiers(path: string, query: URLSearchParams): FakeAnswer {
  if (path === '/v3/catalog/products')
    return pageOf(
      numbered(12).map(({ id }) => ({ id, modifiers: id % 2 === 0 ? [{ id: id * 10 }, { id: id * 10 + 1 }] : [] })),
      query,
    )
  const [, , , , , , modifier] = path.split('/')
  return pageOf(numbered(3, { label: modifier }), query)
}

const transactions = { object: 'orders', subObject: 'transactions' }
const values = { object: 'products', subObject: 'modifiers/values' }

describe('records below all others', () => {
  test('come in the order of those above, with their keys', async () => {
    const from = await fake(orders)

    const records = recordsIn(await readPages(from, { ...transactions, readAhead: 3 }))

    expect(records.map(record => record['order_id'])).toEqual([1, 2, 3, 5, 6, 7].flatMap(id => Array(id).fill(id)))
    expect(records.every(record => record['of'] === record['order_id'])).toBe(true)
  })

  test('say which way was taken, and for how many the store had none', async () => {
    const from = await fake(orders)
    const lines: string[] = []

    await readPages(from, transactions, { tell: (level, message) => lines.push(`${level}: ${message}`) })

    expect(lines).toEqual([
      'info: orders/transactions are read by one request for each of the orders',
      'info: orders/transactions: the store knows none (404) for 1 of 7 orders; they are left out',
    ])
  })

  test('are asked for several at a time, but no more than allowed', async () => {
    const from = await fake(orders)

    await readPages(from, { ...transactions, readAhead: 3 })

    // The next page of those above may be on its way besides.
    expect(from.mostOpen).toBeGreaterThan(1)
    expect(from.mostOpen).toBeLessThanOrEqual(4)
  })

  test.each([transactions, { object: 'orders', subObject: 'coupons' }])(
    'ask for each list below once: %j',
    async options => {
      const from = await fake(orders)

      await readPages(from, options)

      const below = from.requests.filter(request => !request.startsWith('/v2/orders?'))
      expect(below.map(request => request.split('/')[3]).sort()).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    },
  )

  test('are reached through two levels', async () => {
    const from = await fake(modifiers)

    const records = recordsIn(await readPages(from, values))

    expect(records).toHaveLength(36)
    expect(records[3]).toEqual({ product_id: 2, modifier_id: 21, id: 1, label: '21' })
    expect(from.requests[0]).toBe(
      '/v3/catalog/products?include=modifiers&sort=id&direction=asc&include_fields=sku&limit=10&page=1',
    )
  })

  test('are reached through two levels below a given record', async () => {
    const from = await fake((path, query) =>
      path.endsWith('/modifiers') ? pageOf([{ id: 21 }], query) : modifiers(path, query),
    )

    const records = recordsIn(await readPages(from, { ...values, keys: { product_id: 2 } }))

    expect(records.map(record => [record['product_id'], record['modifier_id']])).toEqual(Array(3).fill([2, 21]))
  })

  test.each([
    [transactions, orders],
    [{ ...transactions, keys: { order_id: [3, 1, 2] } }, orders],
    [values, modifiers],
  ])('resume from every position: %j', async (options, answer) => {
    const from = await fake(answer)

    const { resumed, expected } = await resumeEverywhere(from, options)

    expect(resumed).toEqual(expected)
  })

  test('leave out nothing when the record above has gone before resuming', async () => {
    const gone = new Set<number>()
    const from = await fake((path, query) => {
      const answer = orders(path, query)
      return path === '/v2/orders' && Array.isArray(answer?.body)
        ? { body: answer.body.filter(({ id }) => !gone.has(id)) }
        : answer
    })
    const pages = await readPages(from, transactions)

    gone.add(2)
    const rest = await readPages(from, transactions, {}, pages[1]?.position)

    expect(recordsIn(rest)).toEqual(recordsIn(pages.slice(2)))
  })

  test('of given keys come in the order of the keys, and a wrong key is an error', async () => {
    const from = await fake(orders)

    const records = recordsIn(await readPages(from, { ...transactions, keys: { order_id: [3, 1] } }))

    expect(records.map(record => record['order_id'])).toEqual([3, 3, 3, 1])
    await expect(readPages(from, { ...transactions, keys: { order_id: 4 } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('from the list of the whole store carry the key too', async () => {
    const from = await fake((_, query) => pageOf([{ id: 1, resource_id: 77 }], query))

    const records = recordsIn(await readPages(from, { object: 'brands', subObject: 'metafields' }))

    expect(records).toEqual([{ brand_id: 77, id: 1, resource_id: 77 }])
    expect(from.requests).toEqual(['/v3/catalog/brands/metafields?limit=250&page=1'])
  })

  test('use the list that knows the filters', async () => {
    const from = await fake((_, query) => pageOf([], query))

    await readPages(from, { object: 'products', subObject: 'variants', keys: { product_id: 5 }, filters: { sku: 'A' } })

    expect(from.requests).toEqual(['/v3/catalog/variants?sku=A&product_id:in=5&limit=250&page=1'])
  })
})
