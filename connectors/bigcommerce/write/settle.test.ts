import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DataRecord } from '../../sdk/connector.ts'
import { type Prepared, startTestStore, type TestStore } from './test-store.ts'
import { settleIn, writeTo } from './test-write.ts'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store.close())

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5, sku: 'm1' }
const order = {
  customer_id: 7,
  billing_address: {
    first_name: 'A',
    last_name: 'B',
    street_1: '1 Main St',
    city: 'Austin',
    state: 'Texas',
    zip: '78701',
    country: 'United States',
    country_iso2: 'US',
    email: 'a@example.com',
  },
  products: [{ product_id: 1, quantity: 1 }],
}
const lost: Prepared = { cut: 'before' }
const now = () => new Date().toISOString().replace(/\.\d+Z$/, '+00:00')

function sent(method = 'POST'): readonly unknown[] {
  return store.requests.filter(request => request.method === method).map(({ body }) => body)
}

/** The store applies what it gets and says nothing, the first so many times. */
function applySilently(rows: object[], times = 1, fields: object = {}): void {
  store.on(/POST/, ({ body }) => {
    for (const each of [body].flat()) rows.push({ id: 50 + rows.length, ...fields, ...(each as object) })
    return rows.length > times ? { body: { data: rows.at(-1) } } : lost
  })
  store.on(/GET \/v3/, () => ({ body: { data: rows, meta: {} } }))
  store.on(/GET \/v2/, () => ({ body: rows }))
}

describe('a new record whose answer is lost', () => {
  test('is written, with its id, when it is there', async () => {
    applySilently([], 1, { date_created: now() })

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    const warning = 'the answer was lost; found by reading back products with sku "m1"'
    expect(outcomes).toEqual([{ status: 'written', id: '50', warning }])
    expect(sent()).toHaveLength(1)
    expect(store.requests[1]?.path).toContain('/v3/catalog/products?sku:in=m1&')
  })

  test('is found though the store took its time', async () => {
    let looks = 0
    store.on(/POST/, { status: 504, body: {} })
    store.on(/GET/, () => {
      looks += 1
      return { body: { data: looks === 3 ? [{ ...product, id: 9, date_created: now() }] : [], meta: {} } }
    })

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toMatchObject([{ status: 'written', id: '9' }])
    expect(sent()).toHaveLength(1)
  })

  test('is sent again when it is not there', async () => {
    store.on(/POST/, (_, place) => (place === 1 ? lost : { body: { data: { id: 8 } } }))

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toEqual([{ status: 'written', id: '8' }])
    expect(sent()).toHaveLength(2)
  })

  test('is looked for once more when the store refuses the second one', async () => {
    const rows: object[] = []
    store.on(/POST/, (_, place) => {
      if (place === 1) return lost
      rows.push({ ...product, id: 9, date_created: now() })
      return { status: 409, body: { title: 'The sku is a duplicate' } }
    })
    store.on(/GET/, () => ({ body: { data: rows, meta: {} } }))

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toMatchObject([{ status: 'written', id: '9' }])
    expect(sent()).toHaveLength(2)
  })

  test('is rejected with the words of the store when it refuses the second one for another reason', async () => {
    store.on(/POST/, (_, place) => (place === 1 ? lost : { status: 422, body: { title: 'The weight is wrong' } }))

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toMatchObject([{ status: 'rejected', message: expect.stringContaining('The weight is wrong') }])
  })

  test('does not claim a record that was there before', async () => {
    const before = { ...product, id: 3, date_created: '2020-01-01T00:00:00+00:00' }
    store.on(/POST/, lost)
    store.on(/GET/, { body: { data: [before], meta: {} } })

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    const message = 'one of products with sku "m1" was there before'
    expect(outcomes).toEqual([{ status: 'rejected', code: 'CONFLICT', message, retryable: false }])
    expect(sent()).toHaveLength(1)
  })

  test('claims a record without a date only when it is the same in every field', async () => {
    store.on(/POST/, lost)
    store.on(/GET/, { body: { data: [{ id: 4, name: 'a', page_title: 'A' }], meta: {} } })
    store.on(/GET .*name=b/, { body: { data: [{ id: 5, name: 'b', page_title: 'older' }], meta: {} } })

    const outcomes = await writeTo(store, 'Create', { object: 'brands' }, [
      { name: 'a', page_title: 'A' },
      { name: 'b', page_title: 'B' },
    ])

    expect(outcomes).toMatchObject([{ status: 'written', id: '4' }, { status: 'unknown' }])
    expect(outcomes[1]).toMatchObject({ message: expect.stringContaining('it differs in page_title') })
  })

  test('is in doubt where the store has no list of such', async () => {
    store.on(/POST/, lost)

    const outcomes = await writeTo(store, 'Create', { object: 'carts' }, [
      { line_items: [{ product_id: 1, quantity: 1 }] },
    ])

    expect(outcomes).toMatchObject([
      { status: 'unknown', message: expect.stringContaining('look for it in the store') },
    ])
    expect(store.requests).toHaveLength(1)
  })

  test('is in doubt while the store cannot be read', async () => {
    store.on(/POST/, lost)
    store.on(/GET/, { status: 404, body: {} })

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toMatchObject([
      { status: 'unknown', message: expect.stringContaining('reading back failed: GET') },
    ])
    expect(sent()).toHaveLength(1)
  })
})

describe('a new order whose answer is lost', () => {
  test('is written when one like it was made since', async () => {
    applySilently([{ id: 1, ...order, date_created: 'Wed, 01 Jan 2020 00:00:00 +0000' }], 2, {
      date_created: new Date().toUTCString(),
    })

    const outcomes = await writeTo(store, 'Create', { object: 'orders' }, [order])

    expect(outcomes).toMatchObject([{ status: 'written', id: '51' }])
    expect(sent()).toHaveLength(1)
  })

  test('is sent again when all like it are older', async () => {
    const before = { ...order, id: 1, date_created: 'Wed, 01 Jan 2020 00:00:00 +0000' }
    store.on(/GET/, { body: [before] })
    store.on(/POST/, (_, place) => (place === 1 ? lost : { body: { id: 2 } }))

    const outcomes = await writeTo(store, 'Create', { object: 'orders' }, [order])

    expect(outcomes).toEqual([{ status: 'written', id: '2' }])
  })

  test('that says itself when it was made is not taken for an older one', async () => {
    const old = { ...order, external_order_id: 'A-1', date_created: 'Wed, 01 Jan 2020 00:00:00 +0000' }
    applySilently([])

    const outcomes = await writeTo(store, 'Create', { object: 'orders' }, [old])

    expect(outcomes).toMatchObject([{ status: 'written', id: '50' }])
    expect(sent()).toHaveLength(1)
  })

  test('is in doubt when another of the batch may be the one that is there', async () => {
    applySilently([], 9, { date_created: new Date().toUTCString() })

    const outcomes = await writeTo(store, 'Create', { object: 'orders' }, [order, order])

    expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    expect(sent()).toHaveLength(2)
  })
})

describe('a list of new records whose answer is lost', () => {
  const customers = ['a', 'b', 'c'].map(name => ({ email: `${name}@example.com`, first_name: name, last_name: 'x' }))

  test('is settled record by record: what is not there is sent again, alone', async () => {
    const [first, , third] = customers
    const rows = [first, third].map((each, place) => ({ ...each, id: 70 + place, date_created: now() }))
    store.on(/GET/, { body: { data: rows, meta: {} } })
    store.on(/POST/, (_, place) => (place === 1 ? lost : { body: { data: [{ id: 80 }], meta: {} } }))

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customers)

    expect(outcomes).toMatchObject([
      { status: 'written', id: '70' },
      { status: 'written', id: '80' },
      { status: 'written', id: '71' },
    ])
    expect(sent()).toEqual([customers, [customers[1]]])
  })
})

describe('settle', () => {
  test('tells after a crash what is there, what is not, and what cannot be told', async () => {
    const rows = [
      { ...product, id: 1, price: '5.0000' },
      { ...product, sku: 'm2', price: 6, id: 2 },
    ]
    store.on(/GET/, { body: { data: rows, meta: {} } })
    const records: readonly DataRecord[] = [
      product,
      { ...product, sku: 'm2' },
      { ...product, sku: 'm3' },
      { price: 'x' },
    ]

    const settlements = await settleIn(store, 'Create', { object: 'products' }, records)

    expect(settlements.map(({ status }) => status)).toEqual(['written', 'unknown', 'absent', 'absent'])
    expect(settlements[1]).toMatchObject({ message: expect.stringContaining('it differs in price') })
    expect(sent()).toEqual([])
  })

  test('claims no order of which nobody can tell whether it is older', async () => {
    store.on(/GET/, { body: [{ ...order, id: 1, date_created: new Date().toUTCString() }] })

    expect(await settleIn(store, 'Create', { object: 'orders' }, [order])).toMatchObject([{ status: 'unknown' }])
  })

  test("knows an order by its owner's number", async () => {
    const numbered = { ...order, external_order_id: 'A-1' }
    store.on(/GET/, { body: [{ ...numbered, id: 1, date_created: new Date().toUTCString() }] })

    expect(await settleIn(store, 'Create', { object: 'orders' }, [numbered])).toMatchObject([
      { status: 'written', id: '1' },
    ])
    expect(store.requests[0]?.path).toContain('external_order_id=A-1')
  })

  test('finds records below their parent', async () => {
    store.on(/GET .*\/products\/5\/options/, {
      body: { data: [{ id: 1, display_name: 'Size', type: 'dropdown' }], meta: {} },
    })
    const record = { product_id: 5, display_name: 'Size', type: 'dropdown' }

    expect(await settleIn(store, 'Create', { object: 'products', subObject: 'options' }, [record])).toMatchObject([
      { status: 'written', id: '1' },
    ])
  })

  test('may send again what can be applied twice', async () => {
    expect(await settleIn(store, 'Update', { object: 'brands' }, [{ id: 5, name: 'a' }])).toEqual([
      { status: 'absent' },
    ])
    expect(await settleIn(store, 'Delete', { object: 'brands' }, [{ id: 5 }])).toEqual([{ status: 'absent' }])
    expect(store.requests).toEqual([])
  })

  test.each([
    [0, 'written'],
    [2, 'absent'],
    [1, 'unknown'],
  ])('counts what a deletion of all has left: %i', async (left, status) => {
    const rows = Array.from({ length: left }, (_, place) => ({ id: place }))
    store.on(/GET/, ({ path }) => ({ body: /page=1$/.test(path) ? rows : [] }))
    const options = { object: 'banners', allowDeleteAll: true, expectRecords: 2 }

    expect(await settleIn(store, 'Delete', options, [{}])).toMatchObject([{ status }])
  })
})
