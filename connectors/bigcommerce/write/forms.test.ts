import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import bigcommerce from '../index.ts'
import { startTestStore, type TestStore } from './test-store.ts'
import { type Told, writeTo } from './test-write.ts'

let store: TestStore
let told: Told
beforeEach(async () => {
  store = await startTestStore()
  told = { lines: [], state: new Map() }
})
afterEach(() => store.close())

function many<T>(count: number, make: (place: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, place) => make(place + 1))
}

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }
const metafield = { key: 'k', value: 'v', namespace: 'n', permission_set: 'read' }

describe('Create', () => {
  test('posts single records one by one', async () => {
    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product, { ...product, name: 'Cup' }])

    expect(store.requests).toHaveLength(2)
    expect(store.requests).toContainEqual({ method: 'POST', path: '/v3/catalog/products', body: product })
    expect(outcomes).toEqual([
      { status: 'written', id: '100' },
      { status: 'written', id: '100' },
    ])
  })

  test('cuts lists to the most the store takes, outcomes in order', async () => {
    const customers = many(23, n => ({ email: `${n}@example.com`, first_name: 'A', last_name: `B${n}` }))

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customers)

    expect(store.requests.map(({ body }) => (body as unknown[]).length)).toEqual([10, 10, 3])
    expect(outcomes.map(outcome => outcome.status === 'written' && outcome.id)).toEqual(
      many(23, n => String(100 + ((n - 1) % 10))),
    )
  })

  test('puts the keys of a sub-object into the path', async () => {
    const images = [
      { product_id: 5, image_url: 'https://example.com/a.png' },
      { product_id: 6, image_url: 'https://example.com/b.png' },
    ]

    await writeTo(store, 'Create', { object: 'products', subObject: 'images', concurrency: 1 }, images)

    expect(store.requests).toEqual([
      { method: 'POST', path: '/v3/catalog/products/5/images', body: images[0] },
      { method: 'POST', path: '/v3/catalog/products/6/images', body: images[1] },
    ])
  })

  test('takes keys from the options, encoded, where records do not carry them', async () => {
    const options = { object: 'products', subObject: 'modifiers/values', keys: { product_id: 5, modifier_id: 'a/b' } }

    await writeTo(store, 'Create', options, [{ label: 'Red', sort_order: 1 }])

    expect(store.requests[0]?.path).toBe('/v3/catalog/products/5/modifiers/a/b/values')
  })

  test('rejects a record whose place nobody knows, naming the field', async () => {
    const outcomes = await writeTo(store, 'Create', { object: 'products', subObject: 'custom-fields' }, [
      { name: 'a', value: 'b' },
    ])

    expect(outcomes).toEqual([
      expect.objectContaining({
        status: 'rejected',
        code: 'RECORD_INVALID',
        message: expect.stringContaining('product_id'),
      }),
    ])
    expect(store.requests).toEqual([])
  })

  test('sends metafields of several parents by the store-wide request, which names them in the body', async () => {
    await writeTo(store, 'Create', { object: 'products', subObject: 'metafields' }, [
      { ...metafield, product_id: 5 },
      { ...metafield, product_id: 6 },
    ])

    expect(store.requests).toEqual([
      {
        method: 'POST',
        path: '/v3/catalog/products/metafields',
        body: [
          { ...metafield, resource_id: 5 },
          { ...metafield, resource_id: 6 },
        ],
      },
    ])
  })

  test('sends a single metafield below its parent', async () => {
    await writeTo(store, 'Create', { object: 'products', subObject: 'metafields' }, [{ ...metafield, product_id: 5 }])

    expect(store.requests).toEqual([{ method: 'POST', path: '/v3/catalog/products/5/metafields', body: metafield }])
  })

  test('sends one page as an object and several as a list', async () => {
    const page = { name: 'About', type: 'page', body: 'x' }

    await writeTo(store, 'Create', { object: 'pages' }, [page])
    await writeTo(store, 'Create', { object: 'pages' }, [page, page])

    expect(store.requests.map(({ body }) => body)).toEqual([page, [page, page]])
  })

  test('sends members of a segment as bare ids', async () => {
    const id = 'c9f4b6a2-0000-4000-8000-000000000000'

    await writeTo(store, 'Create', { object: 'segments', subObject: 'shopper-profiles', keys: { segment_id: 's1' } }, [
      { id },
    ])

    expect(store.requests).toEqual([{ method: 'POST', path: '/v3/segments/s1/shopper-profiles', body: [id] }])
  })

  test('creates by an upsert where nothing else creates', async () => {
    const redirect = { from_path: '/a', site_id: 1, to: { type: 'url', url: 'https://example.com' } }

    await writeTo(store, 'Create', { object: 'redirects' }, [redirect])

    expect(store.requests).toEqual([{ method: 'PUT', path: '/v3/storefront/redirects', body: [redirect] }])
  })

  test('makes refunds of one order one after the other', async () => {
    const refund = { order_id: 7, items: [], payments: [{ provider_id: 'x', amount: 1, offline: true }] }

    await writeTo(store, 'Create', { object: 'orders', subObject: 'refunds' }, [refund, refund, refund])

    expect(store.requests.map(({ path }) => path)).toEqual(many(3, () => '/v3/orders/7/payment_actions/refunds'))
    expect(store.mostAtOnce).toBe(1)
  })

  test.each([
    [{ object: 'themes' }, 'OPTIONS_INVALID', 'not covered'],
    [{ object: 'orders', subObject: 'taxes' }, 'OBJECT_UNKNOWN', 'has no activity Create'],
    [{ object: 'products', keys: { productid: 1 } }, 'OPTIONS_INVALID', 'no key "productid"'],
    [{ object: 'products', subObject: 'images', keys: { produkt_id: 1 } }, 'OPTIONS_INVALID', 'mean "product_id"?'],
    [{ object: 'products', matchBy: 'sku' }, 'OPTIONS_INVALID', 'only for upsert'],
    [{ object: 'wishlists', upsert: true }, 'OPTIONS_INVALID', 'needs matchBy'],
  ])('refuses %j before any request', async (options, code, message) => {
    await expect(writeTo(store, 'Create', options, [product])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    expect(store.requests).toEqual([])
  })

  test('keeps as many requests on their way as the options say', async () => {
    store.on(/POST/, { body: { data: { id: 1 } }, together: 4 })

    const outcomes = await writeTo(store, 'Create', { object: 'products', concurrency: 4 }, [
      product,
      product,
      product,
      product,
    ])

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'written', 'written'])
    expect(store.mostAtOnce).toBe(4)
  })
})

describe('Update', () => {
  test('puts a single record by its key, which is not sent again', async () => {
    const outcomes = await writeTo(store, 'Update', { object: 'products' }, [{ id: 5, price: 7 }])

    expect(store.requests).toEqual([{ method: 'PUT', path: '/v3/catalog/products/5', body: { price: 7 } }])
    expect(outcomes).toEqual([{ status: 'written', id: '100' }])
  })

  test('puts several records in lists that name their keys', async () => {
    await writeTo(
      store,
      'Update',
      { object: 'products' },
      many(12, id => ({ id, price: 7 })),
    )

    expect(store.requests.map(({ method, path, body }) => [method, path, (body as unknown[]).length])).toEqual([
      ['PUT', '/v3/catalog/products', 10],
      ['PUT', '/v3/catalog/products', 2],
    ])
    expect(store.requests[1]?.body).toEqual([
      { id: 11, price: 7 },
      { id: 12, price: 7 },
    ])
  })

  test('does not choose a list that would leave out a field which single requests take', async () => {
    await writeTo(store, 'Update', { object: 'products', subObject: 'variants', concurrency: 1 }, [
      { id: 1, product_id: 5, sku: 'new' },
      { id: 2, product_id: 5, price: 3 },
      { id: 3, product_id: 6, price: 4 },
    ])

    expect(store.requests).toEqual([
      { method: 'PUT', path: '/v3/catalog/products/5/variants/1', body: { product_id: 5, sku: 'new' } },
      {
        method: 'PUT',
        path: '/v3/catalog/variants',
        body: [
          { id: 2, price: 3 },
          { id: 3, price: 4 },
        ],
      },
    ])
  })

  test('writes metafields as they were read from the store', async () => {
    const read = { ...metafield, resource_type: 'brand', owner_client_id: 'x', date_created: 'd', date_modified: 'd' }

    const outcomes = await writeTo(
      store,
      'Update',
      { object: 'brands', subObject: 'metafields' },
      [
        { ...read, id: 1, resource_id: 5 },
        { ...read, id: 2, resource_id: 6 },
      ],
      { told },
    )

    expect(store.requests).toEqual([
      {
        method: 'PUT',
        path: '/v3/catalog/brands/metafields',
        body: [
          { ...metafield, id: 1 },
          { ...metafield, id: 2 },
        ],
      },
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written'])
    expect(told.lines).toEqual([
      expect.stringContaining('date_created, date_modified, owner_client_id, resource_id, resource_type'),
    ])
  })

  test('writes records of the same key one after the other, in their order', async () => {
    await writeTo(store, 'Update', { object: 'brands', concurrency: 4 }, [
      { id: 5, name: 'first' },
      { id: 5, name: 'second' },
      { id: 5, name: 'third' },
    ])

    expect(store.requests.map(({ body }) => (body as { name: string }).name)).toEqual(['first', 'second', 'third'])
    expect(store.mostAtOnce).toBe(1)
  })

  test('puts a whole document for each record, complete only', async () => {
    const settings = { allow_purchasing: true }

    const outcomes = await writeTo(store, 'Update', { object: 'carts-settings' }, [settings, {}])

    expect(store.requests).toEqual([{ method: 'PUT', path: '/v3/carts/settings', body: settings }])
    expect(outcomes[1]).toMatchObject({ code: 'RECORD_INVALID', message: 'allow_purchasing: is missing' })
  })

  test('sends the channel of a setting as a parameter', async () => {
    await writeTo(store, 'Update', { object: 'settings-catalog', keys: { channel_id: 2 } }, [
      { enable_product_comparisons: true },
    ])

    expect(store.requests).toEqual([
      {
        method: 'PUT',
        path: '/v3/settings/catalog?channel_id=2',
        body: { enable_product_comparisons: true },
      },
    ])
  })

  test('names the key of a setting that is kept for each channel', async () => {
    await writeTo(store, 'Update', { object: 'carts-settings-channels' }, [{ channel_id: 3, allow_purchasing: true }])

    expect(store.requests).toEqual([
      { method: 'PUT', path: '/v3/carts/settings/channels/3', body: { allow_purchasing: true } },
    ])
  })

  test('puts a list into the object that holds it', async () => {
    const item = { identity: { sku: 'a' }, safety_stock: 2 }

    await writeTo(store, 'Update', { object: 'locations', subObject: 'items', keys: { location_id: 1 } }, [item, item])

    expect(store.requests).toEqual([
      { method: 'PUT', path: '/v3/inventory/locations/1/items', body: { settings: [item, item] } },
    ])
  })

  test('puts a single price by variant and currency, several in a list', async () => {
    const options = { object: 'price-lists', subObject: 'records', keys: { price_list_id: 9 } }
    const price = { variant_id: 5, currency: 'usd', price: 3 }

    await writeTo(store, 'Update', options, [price])
    await writeTo(store, 'Update', options, [price, { ...price, currency: 'eur' }])

    expect(store.requests).toEqual([
      { method: 'PUT', path: '/v3/pricelists/9/records/5/usd', body: { price: 3 } },
      { method: 'PUT', path: '/v3/pricelists/9/records', body: [price, { ...price, currency: 'eur' }] },
    ])
  })

  test('takes v2 numbers and texts alike', async () => {
    const outcomes = await writeTo(store, 'Update', { object: 'orders' }, [
      { id: 3, discount_amount: 5, status_id: '2' },
    ])

    expect(outcomes).toEqual([{ status: 'written', id: '100' }])
    expect(store.requests[0]?.path).toBe('/v2/orders/3')
  })

  test('asks for no more requests at once than the store allows', async () => {
    const options = { object: 'customers', concurrency: 16 }
    store.on(/PUT/, ({ body }) => ({ body: { data: body }, together: 3 }))

    await writeTo(
      store,
      'Update',
      options,
      many(60, id => ({ id, company: 'c' })),
    )

    expect(store.mostAtOnce).toBe(3)
  })
})

describe('batchSize', () => {
  test.each([
    ['Create', { object: 'products' }, 50],
    ['Create', { object: 'products', concurrency: 16 }, 80],
    ['Create', { object: 'orders', subObject: 'refunds' }, 5],
    ['Create', { object: 'customers', concurrency: 4 }, 40],
    ['Update', { object: 'products', concurrency: 2 }, 20],
    ['Update', { object: 'products' }, 20],
    ['Update', { object: 'customers' }, 30],
    ['Update', { object: 'price-lists', subObject: 'records' }, 1_000],
    ['Delete', { object: 'products' }, 250],
    ['Delete', { object: 'banners' }, 15],
  ])('of %s with %j feeds every lane', (activity, options, size) => {
    const target = bigcommerce.activities[activity]

    expect(target?.role === 'target' && target.batchSize(options)).toBe(size)
  })
})
