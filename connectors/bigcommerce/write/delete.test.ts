import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startTestStore, type TestStore } from './test-store.ts'
import { type Told, writeTo } from './test-write.ts'

let store: TestStore
let told: Told
beforeEach(async () => {
  store = await startTestStore()
  told = { lines: [], state: new Map() }
})
afterEach(() => store.close())

function idsTo(count: number): readonly { readonly id: number }[] {
  return Array.from({ length: count }, (_, place) => ({ id: place + 1 }))
}

describe('Delete', () => {
  test('deletes a single record by its key, without a body', async () => {
    const outcomes = await writeTo(store, 'Delete', { object: 'products' }, [{ id: 5, name: 'whatever' }])

    expect(store.requests).toEqual([{ method: 'DELETE', path: '/v3/catalog/products/5', body: undefined }])
    expect(outcomes).toEqual([{ status: 'written', id: '5' }])
  })

  test('deletes several by a filter of their keys, as many as the store takes', async () => {
    const outcomes = await writeTo(store, 'Delete', { object: 'customers' }, idsTo(120))

    const ids = store.requests.map(({ path }) => path.replace('/v3/customers?id:in=', '').split(','))
    expect(ids.map(({ length }) => length)).toEqual([50, 50, 20])
    expect(ids.flat()).toEqual(idsTo(120).map(({ id }) => String(id)))
    expect(outcomes).toHaveLength(120)
  })

  test('keeps the URL short', async () => {
    const long = Array.from({ length: 60 }, (_, place) => ({ id: `${'x'.repeat(60)}${place}` }))

    await writeTo(store, 'Delete', { object: 'segments' }, long)

    expect(store.requests.length).toBeGreaterThan(2)
    expect(Math.max(...store.requests.map(({ path }) => path.length))).toBeLessThan(2_000)
  })

  test.each([
    [{ object: 'locations' }, [{ id: 1 }, { id: 2 }], ['/v3/inventory/locations?location_id:in=1,2']],
    [
      { object: 'tree-categories' },
      [{ category_id: 1, tree_id: 9 }, { category_id: 2 }],
      ['/v3/catalog/trees/categories?category_id:in=1,2'],
    ],
    [{ object: 'tax-customers' }, [{ customer_id: 1 }, { customer_id: 2 }], ['/v3/tax/customers?customer_id:in=1,2']],
    [
      { object: 'infrastructure-projects' },
      [{ uuid: 'a' }, { uuid: 'b' }],
      ['/v3/infrastructure/projects?project_uuid:in=a,b'],
    ],
    [
      { object: 'product-category-assignments' },
      [
        { product_id: 1, category_id: 8 },
        { product_id: 2, category_id: 9 },
        { product_id: 1, category_id: 7 },
      ],
      [
        '/v3/catalog/products/category-assignments?product_id:in=1&category_id:in=8,7',
        '/v3/catalog/products/category-assignments?product_id:in=2&category_id:in=9',
      ],
    ],
    [
      { object: 'price-lists', subObject: 'records', keys: { price_list_id: 3 } },
      [
        { variant_id: 1, currency: 'usd' },
        { variant_id: 2, currency: 'usd' },
      ],
      ['/v3/pricelists/3/records?currency=usd&variant_id:in=1,2'],
    ],
    [
      { object: 'promotions', subObject: 'codes' },
      [
        { promotion_id: 1, id: 5 },
        { promotion_id: 2, id: 6 },
        { promotion_id: 1, id: 7 },
      ],
      ['/v3/promotions/1/codes?id:in=5,7', '/v3/promotions/2/codes?id:in=6'],
    ],
    [
      { object: 'price-lists', subObject: 'assignments' },
      [{ id: 4 }, { id: 5 }],
      ['/v3/pricelists/assignments?id=4', '/v3/pricelists/assignments?id=5'],
    ],
    [{ object: 'channels', subObject: 'site', keys: { channel_id: 2 } }, [{}], ['/v3/channels/2/site']],
    [
      { object: 'email-templates', keys: { channel_id: 2 } },
      [{ type_id: 'invoice_email' }],
      ['/v3/marketing/email-templates/invoice_email?channel_id=2'],
    ],
    [
      { object: 'price-lists', subObject: 'records', keys: { price_list_id: 3 } },
      [{ variant_id: 1, currency: 'usd' }],
      ['/v3/pricelists/3/records/1/usd'],
    ],
  ])('of %j names exactly the records', async (options, records, paths) => {
    const outcomes = await writeTo(store, 'Delete', { ...options, concurrency: 1 }, records)

    expect(store.requests.map(({ method, path, body }) => [method, path, body])).toEqual(
      paths.map(path => ['DELETE', path, undefined]),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(records.map(() => 'written'))
  })

  test.each([
    [{ object: 'brands', subObject: 'metafields' }, [{ id: 1 }, { id: '2' }], '/v3/catalog/brands/metafields', [1, 2]],
    [
      { object: 'checkouts', subObject: 'fees', keys: { checkout_id: 'c' } },
      [{ id: 'a' }, { id: 'b' }],
      '/v3/checkouts/c/fees',
      { ids: ['a', 'b'] },
    ],
    [
      { object: 'shipping-carrier-connection' },
      [{ carrier_id: 'fedex', connection: {} }],
      '/v2/shipping/carrier/connection',
      { carrier_id: 'fedex' },
    ],
    [
      { object: 'carts', subObject: 'items', keys: { cart_id: 'c' } },
      [{ id: 'i', version: 3 }],
      '/v3/carts/c/items/i',
      { version: 3 },
    ],
  ])('of %j sends the keys in the body', async (options, records, path, body) => {
    await writeTo(store, 'Delete', options, records)

    expect(store.requests).toEqual([{ method: 'DELETE', path, body }])
  })

  test.each([
    [{ object: 'shipping-carrier-connection' }, {}, 'carrier_id'],
    [{ object: 'customers' }, { email: 'a@example.com' }, 'id'],
    [{ object: 'brands', subObject: 'metafields' }, { brand_id: 5 }, 'id'],
    [{ object: 'product-category-assignments' }, { category_id: 5 }, 'product_id'],
    [{ object: 'email-templates' }, { type_id: 'a' }, 'channel_id'],
    [{ object: 'segments' }, { id: 'a,b' }, 'id'],
    [{ object: 'banners' }, { id: '.' }, 'id'],
    [{ object: 'banners' }, { id: '..' }, 'id'],
    [{ object: 'banners' }, { id: ' ' }, 'id'],
    [{ object: 'banners' }, { id: '' }, 'id'],
    [{ object: 'customers' }, { id: 'five' }, 'id'],
    [{ object: 'product-category-assignments' }, { product_id: 'x', category_id: 5 }, 'product_id'],
  ])('of %j never sends a request without keys', async (options, record, field) => {
    const outcomes = await writeTo(store, 'Delete', options, [record, record])

    expect(store.requests).toEqual([])
    expect(outcomes).toMatchObject([
      { code: 'RECORD_INVALID', message: expect.stringContaining(`${field}: is missing`) },
      { code: 'RECORD_INVALID' },
    ])
  })

  test('of metafields rejects those the answer does not tell of', async () => {
    store.on(/DELETE/, {
      status: 422,
      body: { data: [1], errors: [{ status: 404, title: 'Not found.' }], meta: { total: 2, success: 1, failed: 1 } },
    })

    const outcomes = await writeTo(store, 'Delete', { object: 'brands', subObject: 'metafields' }, [
      { id: 1 },
      { id: 2 },
    ])

    expect(outcomes).toMatchObject([
      { status: 'written', id: '1' },
      { status: 'rejected', code: 'NOT_FOUND' },
    ])
  })

  test('does not cover the request that names a token in a header', async () => {
    await expect(writeTo(store, 'Delete', { object: 'storefront-api-tokens' }, [{}])).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('not covered'),
    })
  })
})

describe('Delete with allowDeleteAll', () => {
  function holdBanners(count: number): void {
    store.on(/GET/, ({ path }) => (path.endsWith('page=1') && count > 0 ? { body: idsTo(count) } : { status: 204 }))
  }
  const all = { object: 'banners', allowDeleteAll: true, expectRecords: 3 }

  test('deletes everything once, when there is what is expected', async () => {
    holdBanners(3)

    const outcomes = await writeTo(store, 'Delete', all, [{}, {}], { told })
    const later = await writeTo(store, 'Delete', all, [{}], { told })

    expect(outcomes).toEqual([{ status: 'written' }, { status: 'unchanged' }])
    expect(later).toEqual([{ status: 'unchanged' }])
    expect(store.requests.filter(({ method }) => method === 'DELETE')).toEqual([
      { method: 'DELETE', path: '/v2/banners', body: undefined },
    ])
  })

  test('deletes nothing when there is another number of records', async () => {
    holdBanners(4)

    await expect(writeTo(store, 'Delete', all, [{}], { told })).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('there are 4 records, expectRecords says 3'),
    })
    expect(store.requests.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  test('tells what was deleted before another collection had another number', async () => {
    store.on(/GET/, ({ path }) =>
      path.endsWith('page=1') ? { body: idsTo(path.includes('/orders/1/') ? 2 : 3) } : { status: 204 },
    )
    const options = { object: 'orders', subObject: 'shipments', allowDeleteAll: true, expectRecords: 2 }

    const outcomes = await writeTo(store, 'Delete', options, [{ order_id: 1 }, { order_id: 2 }], { told })

    expect(outcomes).toMatchObject([{ status: 'written' }, { status: 'rejected', code: 'OPTIONS_INVALID' }])
  })

  test.each([
    [{ object: 'banners', allowDeleteAll: true }, 'needs expectRecords'],
    [{ object: 'banners', expectRecords: 3 }, 'only for allowDeleteAll'],
    [{ object: 'customers', allowDeleteAll: true, expectRecords: 3 }, 'no request that deletes all'],
  ])('refuses %j', async (options, message) => {
    await expect(writeTo(store, 'Delete', options, [{ id: 1 }])).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    })
    expect(store.requests).toEqual([])
  })
})
