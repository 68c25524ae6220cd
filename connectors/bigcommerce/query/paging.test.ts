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

function idsOf(pages: Awaited<ReturnType<typeof readPages>>): readonly unknown[] {
  return recordsIn(pages).map(record => record['id'])
}

/** A list that is paged by cursor; its links say nothing of the filters. */
function byCursor(query: URLSearchParams): FakeAnswer {
  const start = Number((query.get('after') ?? 'c0').slice(1))
  const limit = Number(query.get('limit') ?? 50)
  const data = numbered(5).slice(start, start + limit)
  const links = start + limit < 5 ? { next: `?after=c${start + limit}&limit=${limit}` } : {}
  return { body: { data, meta: { cursor_pagination: { links } } } }
}

describe('paging', () => {
  test('follows the links of a list that knows cursors only, and repeats the filters', async () => {
    const from = await fake((_, query) => byCursor(query))

    const pages = await readPages(from, {
      object: 'infrastructure-projects',
      pageSize: 2,
      filters: { 'uuid:in': ['a', 'b'] },
    })

    expect(idsOf(pages)).toEqual([1, 2, 3, 4, 5])
    expect(from.requests).toEqual([
      '/v3/infrastructure/projects?uuid:in=a%2Cb&limit=2',
      '/v3/infrastructure/projects?uuid%3Ain=a%2Cb&after=c2&limit=2',
      '/v3/infrastructure/projects?uuid%3Ain=a%2Cb&after=c4&limit=2',
    ])
  })

  test('refuses a link that leads to its own page', async () => {
    const links = { next: '?after=same' }
    const from = await fake(() => ({ body: { data: numbered(1), meta: { cursor_pagination: { links } } } }))

    await expect(readPages(from, { object: 'infrastructure-projects' })).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
    })
  })

  test('follows the cursor where a list with pages tells no totals', async () => {
    const from = await fake((_, query) => byCursor(query))

    const pages = await readPages(from, { object: 'store-metafields', pageSize: 2 })

    expect(idsOf(pages)).toEqual([1, 2, 3, 4, 5])
    expect(from.requests.filter(request => request.includes('page='))).toHaveLength(1)
  })

  test('reads by page number where a list with cursors tells totals', async () => {
    const from = await fake((_, query) => pageOf(numbered(5), query))

    const pages = await readPages(from, { object: 'store-metafields', pageSize: 2 })

    expect(idsOf(pages)).toEqual([1, 2, 3, 4, 5])
    expect(pages[0]?.total).toBe(5)
  })

  test('goes on after the last id in the listings of a channel', async () => {
    const listings = [1, 2, 3, 4, 5].map(id => ({ listing_id: id * 10 }))
    const from = await fake((_, query) => {
      const rest = listings.filter(({ listing_id: id }) => id > Number(query.get('after') ?? 0))
      return { body: { data: rest.slice(0, Number(query.get('limit'))), meta: { pagination: { total: 5 } } } }
    })

    const pages = await readPages(from, {
      object: 'channels',
      subObject: 'listings',
      keys: { channel_id: 1 },
      pageSize: 2,
    })

    expect(recordsIn(pages).map(record => record['listing_id'])).toEqual([10, 20, 30, 40, 50])
    expect(from.requests.at(-1)).toBe('/v3/channels/1/listings?limit=2&after=40')
  })

  test('turns pages whose size cannot be chosen until one is empty', async () => {
    const from = await fake((_, query) => {
      const page = Number(query.get('page'))
      return { body: { data: page > 2 ? [] : [{ product_id: page, sort_order: 1 }], meta: [] } }
    })

    const pages = await readPages(from, {
      object: 'categories',
      subObject: 'products-sort-order',
      keys: { category_id: 3 },
    })

    expect(recordsIn(pages).map(record => record['product_id'])).toEqual([1, 2])
    expect(from.requests[0]).toBe('/v3/catalog/categories/3/products/sort-order?page=1')
  })

  test('asks an unpaged list once, without an empty query', async () => {
    const from = await fake(() => ({ body: numbered(3) }))

    expect(idsOf(await readPages(from, { object: 'order-statuses' }))).toEqual([1, 2, 3])
    expect(from.requests).toEqual(['/v2/order_statuses'])
  })

  test('takes 204 of v2 for an empty list', async () => {
    const from = await fake(() => ({}))

    expect(await readPages(from, { object: 'coupons' })).toEqual([])
  })

  test('does not take a short page for the last while the store tells of more', async () => {
    const from = await fake((_, query) => {
      const answer = pageOf(numbered(6), query)
      const body = answer?.body as { data: readonly unknown[] } // made by pageOf
      return query.get('page') === '2' ? { body: { ...body, data: body.data.slice(1) } } : answer
    })

    expect(idsOf(await readPages(from, { object: 'brands', pageSize: 2 }))).toEqual([1, 2, 4, 5, 6])
  })

  test('reads beyond a count of pages that forgets the cap of ten', async () => {
    const from = await fake((_, query) => {
      const answer = pageOf(numbered(25), query)
      const body = answer?.body as { data: readonly unknown[]; meta: { pagination: object } } // made by pageOf
      return { body: { ...body, meta: { pagination: { ...body.meta.pagination, total_pages: 1 } } } }
    })

    expect(idsOf(await readPages(from, { object: 'products', include: ['options'] }))).toHaveLength(25)
  })

  test('asks for no more than the limit', async () => {
    const from = await fake((_, query) => pageOf(numbered(1_000), query))

    await readPages(from, { object: 'brands', limit: 10 })

    expect(from.requests).toHaveLength(1)
    expect(from.requests[0]).toContain('limit=10&')
  })

  test.each([
    ['by cursor', { object: 'infrastructure-projects', pageSize: 2 }, byCursor],
    ['by cursor after a page', { object: 'store-metafields', pageSize: 2 }, byCursor],
    ['by number', { object: 'brands', pageSize: 2 }, (query: URLSearchParams) => pageOf(numbered(5), query)],
    ['at once', { object: 'tax-zones' }, () => ({ body: { data: numbered(3), meta: {} } })],
  ])('resumes from every position of a list read %s', async (_, options, answer) => {
    const from = await fake((_path, query) => answer(query))

    const { resumed, expected } = await resumeEverywhere(from, options)

    expect(resumed).toEqual(expected)
  })
})

describe('shapes of answers', () => {
  test.each([
    ['an envelope', { data: { name: ['x'] }, meta: {} }],
    ['nothing around it', { name: ['x'] }],
  ])('reads a document with %s', async (_, body) => {
    const from = await fake(() => ({ body }))

    expect(recordsIn(await readPages(from, { object: 'orders-settings' }))).toEqual([{ name: ['x'] }])
    expect(recordsIn(await readPages(from, { object: 'catalog-summary' }))).toEqual([{ name: ['x'] }])
  })

  test.each([
    ['a list', [{ id: 1 }]],
    ['one record', { id: 1 }],
    ['an object that holds the list', { fees: [{ id: 1 }] }],
  ])('reads the fees of an order given as %s', async (_, body) => {
    const from = await fake(() => ({ body }))

    const pages = await readPages(from, { object: 'orders', subObject: 'fees', keys: { order_id: 9 } })

    expect(recordsIn(pages)).toEqual([{ order_id: 9, id: 1 }])
  })

  test.each([
    ['one record in data', { data: { id: 1 }, meta: {} }],
    ['a record without an envelope', { id: 1, key: 'k' }],
    ['an empty list for meta', { data: [{ id: 1 }], meta: [] }],
  ])('reads metafields of a channel given as %s', async (_, body) => {
    const from = await fake(() => ({ body }))

    const pages = await readPages(from, { object: 'channels', subObject: 'metafields', keys: { channel_id: 1 } })

    expect(recordsIn(pages)).toMatchObject([{ id: 1, channel_id: 1 }])
  })

  test('makes records of plain texts', async () => {
    const from = await fake(() => ({ body: ['a', 'b'] }))

    expect(recordsIn(await readPages(from, { object: 'blog-tags' }))).toEqual([{ value: 'a' }, { value: 'b' }])
  })

  test('refuses an answer of a v3 list that holds none', async () => {
    const from = await fake(() => ({ body: { status: 'ok' } }))

    await expect(readPages(from, { object: 'brands' })).rejects.toMatchObject({ code: 'RESPONSE_INVALID' })
  })
})

describe('long lists in filters', () => {
  const ids = Array.from({ length: 900 }, (_, index) => 900_000 - index)
  const byId = (_: string, query: URLSearchParams) => {
    const wanted = (query.get('id:in') ?? '').split(',').map(Number)
    return pageOf(
      wanted.map(id => ({ id })),
      query,
    )
  }

  test('are cut into several requests with short URLs, each value once', async () => {
    const from = await fake(byId)

    const pages = await readPages(from, { object: 'products', filters: { 'id:in': [...ids, ids[0]] } })

    expect(idsOf(pages)).toEqual([...ids].reverse())
    expect(Math.max(...from.requests.map(request => request.length))).toBeLessThan(2_000)
  })

  test('resume from every position', async () => {
    const from = await fake(byId)

    const { resumed, expected } = await resumeEverywhere(from, { object: 'products', filters: { 'id:in': ids } })

    expect(resumed).toEqual(expected)
  })

  test('are sent whole where a record has several values, and would come with each part', async () => {
    const from = await fake((_, query) => pageOf(numbered(1), query))

    await readPages(from, { object: 'products', filters: { 'categories:in': ids } })

    expect(from.requests).toHaveLength(1)
  })
})
