import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page, Position, ReadContext } from '../sdk/connector.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import { readPages, recordsIn, resumeEverywhere } from './test/reading.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 1_130, customers: 530, orders: 500, plan: 'unlimited' })
})
afterAll(() => store.close())

function read(
  options: object,
  context: Partial<ReadContext> = {},
  from?: Position,
  url = store.url,
): Promise<readonly Page[]> {
  const { storeHash, accessToken } = store
  return readPages({ url, storeHash, accessToken }, options, context, from)
}

function idsOf(pages: readonly Page[]): readonly unknown[] {
  return recordsIn(pages).map(record => record['id'])
}

describe('Query', () => {
  test('reads every record once and in the order of the store', async () => {
    const pages = await read({ object: 'products' })

    const ids = idsOf(pages) as number[]
    expect(pages.map(({ records }) => records.length)).toEqual([250, 250, 250, 250, 130])
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(pages[0]?.total).toBe(1_130)
  })

  test('goes on from a position with exactly the rest', async () => {
    const whole = await read({ object: 'products' })

    const rest = await read({ object: 'products' }, {}, whole[1]?.position)

    expect(idsOf(rest)).toEqual(idsOf(whole.slice(2)))
  })

  test('stops at a limit', async () => {
    expect(idsOf(await read({ object: 'products', limit: 300 }))).toHaveLength(300)
  })

  test('filters, and asks only for the fields that are needed', async () => {
    const pages = await read({ object: 'products', filters: { 'id:in': [1, 3] } }, { fields: ['id', 'name'] })

    expect(pages[0]?.records.map(record => Object.keys(record).sort())).toEqual([
      ['id', 'name'],
      ['id', 'name'],
    ])
  })

  test('knows that the store gives ten records a page with options included', async () => {
    const pages = await read({ object: 'products', include: ['options'], limit: 25 })

    expect(pages.map(({ records }) => records.length)).toEqual([10, 10, 5])
  })

  test.each([
    [{ object: 'product' }, 'OBJECT_UNKNOWN', 'did you mean "products"?'],
    [{ object: 'products', filters: { 'id:inn': [1] } }, 'OPTIONS_INVALID', 'did you mean "id:in"?'],
    [{ object: 'products', filters: { 'id:in': ['x'] } }, 'OPTIONS_INVALID', 'a list of whole numbers'],
    [{ object: 'products', include: ['variant'] }, 'OPTIONS_INVALID', 'did you mean "variants"?'],
    [{ object: 'products', fields: ['nam'] }, 'OPTIONS_INVALID', 'did you mean "name"?'],
    [{ object: 'brands', sort: 'id' }, 'OPTIONS_INVALID', 'has no sort "id"'],
    [{ object: 'products', filters: { condition: 'old' } }, 'OPTIONS_INVALID', 'it may be new, used, refurbished'],
    [{ object: 'products', filters: { include: 'images' } }, 'OPTIONS_INVALID', 'no filter "include"'],
    [{ object: 'products', subObject: 'image' }, 'OBJECT_UNKNOWN', 'did you mean "images"?'],
    [{ object: 'products', subObject: 'images', keys: { products_id: 1 } }, 'OPTIONS_INVALID', 'mean "product_id"?'],
    [{ object: 'products', subObject: 'images', id: 1 }, 'OPTIONS_INVALID', 'without keys.product_id'],
    [{ object: 'carts' }, 'OPTIONS_INVALID', 'without keys.cart_id'],
    [{ object: 'regions' }, 'OPTIONS_INVALID', 'without the filter template_file'],
    [{ object: 'carts', subObject: 'items' }, 'OBJECT_UNKNOWN', 'can be written, not read'],
  ])('refuses %j before any request', async (options, code, message) => {
    const before = store.requestCount

    await expect(read(options)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })

    expect(store.requestCount).toBe(before)
  })

  test.each(['reset', 'truncate'] as const)(
    'tries again after a %s in mid-read, losing and doubling nothing',
    async action => {
      store.fault({ path: '/v3/catalog/products', action, after: 1, count: 2 })

      const pages = await read({ object: 'products' })
      store.clearFaults()

      expect(new Set(idsOf(pages)).size).toBe(1_130)
      expect(idsOf(pages)).toHaveLength(1_130)
    },
  )

  test('tries again while the store is down for a moment', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'status', status: 503, count: 1 })

    expect(idsOf(await read({ object: 'products' }))).toHaveLength(1_130)
    store.clearFaults()
  })

  test('ends at once with the reason of an abort', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 10_000 })
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('canceled')), 50)

    await expect(read({ object: 'products' }, { signal: stop.signal })).rejects.toThrow('canceled')
    store.clearFaults()
  })
})

describe('Query of customers', () => {
  test('reads every customer once and in the order of the store', async () => {
    const pages = await read({ object: 'customers' })

    const ids = idsOf(pages) as number[]
    expect(pages.map(({ records }) => records.length)).toEqual([250, 250, 30])
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(pages[0]?.total).toBe(530)
  })

  test('goes on from a position with exactly the rest', async () => {
    const whole = await read({ object: 'customers' })

    const rest = await read({ object: 'customers' }, {}, whole[0]?.position)

    expect(idsOf(rest)).toEqual(idsOf(whole.slice(1)))
  })

  test('stops at a limit', async () => {
    expect(idsOf(await read({ object: 'customers', limit: 260 }))).toHaveLength(260)
  })

  test('sorts by the last name', async () => {
    const pages = await read({ object: 'customers', sort: 'last_name', direction: 'desc' })

    const names = pages.flatMap(({ records }) => records.map(record => String(record['last_name'])))
    expect(names).toHaveLength(530)
    expect(names).toEqual([...names].sort().reverse())
  })

  test('filters by each kind of filter', async () => {
    const [first] = (await read({ object: 'customers', limit: 1 })).flatMap(({ records }) => records)
    const filters = {
      'id:in': [1, 2],
      'email:in': [first?.['email'], 'nobody@example.com'],
      'name:like': [String(first?.['first_name']).slice(1)],
      'date_created:max': first?.['date_created'],
    }

    expect(idsOf(await read({ object: 'customers', filters }))).toEqual([1])
  })

  test('includes every part the object names', async () => {
    const include = ['addresses', 'storecredit', 'attributes', 'formfields', 'shopper_profile_id', 'segment_ids']

    const [record] = (await read({ object: 'customers', include, limit: 1 })).flatMap(({ records }) => records)

    expect(record).toMatchObject({
      addresses: [{ customer_id: 1 }],
      store_credit_amounts: [{ amount: expect.any(Number) }],
      attributes: expect.any(Array),
      form_fields: expect.any(Array),
      shopper_profile_id: expect.any(String),
      segment_ids: expect.any(Array),
    })
  })
})

describe('the fields of customers', () => {
  test('hold all that include adds, so that they can be chosen', async () => {
    const include = ['shopper_profile_id', 'segment_ids']

    const [page] = await read({ object: 'customers', include, fields: ['id', ...include], limit: 1 })

    expect(page?.records[0]).toMatchObject({ id: 1, shopper_profile_id: expect.any(String) })
  })
})

describe('Query of orders', () => {
  test('reads every order once and in the order of the store, up to the last there was at first', async () => {
    const before = store.requestCount
    const pages = await read({ object: 'orders' })

    const ids = idsOf(pages) as number[]
    const asked = store.requests.slice(before - store.requestCount).map(({ path }) => path.split('?')[1])
    expect(pages.map(({ records }) => records.length)).toEqual([250, 250])
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(asked).toEqual([
      'sort=id%3Aasc&limit=250&page=1',
      'sort=id%3Adesc&limit=1&page=1',
      `sort=id%3Aasc&min_id=${Number(ids[249]) + 1}&max_id=${ids[499]}&limit=250&page=1`,
    ])
  })

  test('reads nothing where the store answers 204 at once', async () => {
    expect(await read({ object: 'orders', filters: { min_id: 1_000_000 } })).toEqual([])
  })

  test('goes on from a position with exactly the rest, which may be none', async () => {
    const whole = await read({ object: 'orders' })

    const rest = await read({ object: 'orders' }, {}, whole[0]?.position)
    const none = await read({ object: 'orders' }, {}, whole[1]?.position)

    expect(idsOf(rest)).toEqual(idsOf(whole.slice(1)))
    expect(none).toEqual([])
  })

  test('stops at a limit', async () => {
    expect(idsOf(await read({ object: 'orders', limit: 251 }))).toHaveLength(251)
  })

  test('shows the newest first', async () => {
    const pages = await read({ object: 'orders', sort: 'date_created', direction: 'desc' })

    const ids = idsOf(pages) as number[]
    expect(ids).toHaveLength(500)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
  })

  test('filters, and includes the fees', async () => {
    const filters = { status_id: 11, min_total: 50, min_date_created: '2023-01-01T00:00:00Z' }

    const records = (await read({ object: 'orders', filters, include: ['fees'] })).flatMap(page => page.records)

    expect(records.length).toBeGreaterThan(0)
    expect(records.filter(({ status_id, total_inc_tax }) => status_id !== 11 || Number(total_inc_tax) < 50)).toEqual([])
    expect(records.filter(({ fees }) => !Array.isArray(fees))).toEqual([])
  })

  test.each(['reset', 'truncate'] as const)('tries again after a %s, losing and doubling nothing', async action => {
    store.fault({ path: '/v2/orders', action, after: 1, count: 1 })

    const ids = idsOf(await read({ object: 'orders' }))
    store.clearFaults()

    expect([ids.length, new Set(ids).size]).toEqual([500, 500])
  })
})

describe('Query of a store that pages in its own way', () => {
  let server: Server | undefined
  afterEach(async () => {
    server?.closeAllConnections()
    await new Promise(resolve => (server === undefined ? resolve(undefined) : server.close(resolve)))
    server = undefined
  })

  /** Answers page after page, then the last again. */
  async function serve(answers: readonly unknown[]): Promise<string> {
    const made = createServer(({ url = '' }, response) => {
      const page = Number(new URL(url, 'http://x').searchParams.get('page'))
      const answer = answers[Math.min(page, answers.length) - 1]
      response.writeHead(answer === undefined ? 204 : 200).end(answer === undefined ? '' : JSON.stringify(answer))
    })
    server = made
    await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(made.address() as AddressInfo).port}` // it listens on a port
  }

  const page = (ids: readonly number[], pagination?: object) => ({
    data: ids.map(id => ({ id })),
    meta: pagination === undefined ? {} : { pagination },
  })

  test.each<readonly [string, object, readonly unknown[], readonly number[]]>([
    ['without totals', { pageSize: 2 }, [page([1, 2]), page([3, 4]), page([5])], [1, 2, 3, 4, 5]],
    ['without totals, the last page being full', { pageSize: 2 }, [page([1, 2]), page([3, 4]), page([])], [1, 2, 3, 4]],
    [
      'with pages smaller than asked for',
      {},
      [page([1, 2], { total: 3, per_page: 2, total_pages: 2 }), page([3], { total: 3, per_page: 2, total_pages: 2 })],
      [1, 2, 3],
    ],
    ['with one page although there is nothing', {}, [page([], { total: 0, total_pages: 1 })], []],
    ['with no page as there is nothing', {}, [page([], { total: 0, total_pages: 0 })], []],
    [
      'that shrinks while it is read',
      { pageSize: 2, readAhead: 1 },
      [
        page([1, 2], { total: 6, per_page: 2, total_pages: 3 }),
        page([3], { total: 3, per_page: 2, total_pages: 2 }),
        page([]),
      ],
      [1, 2, 3],
    ],
  ])('takes every record %s', async (_what, options, answers, expected) => {
    const pages = await read({ object: 'brands', ...options }, {}, undefined, await serve(answers))

    expect(idsOf(pages)).toEqual(expected)
  })

  test.each<readonly [string, readonly unknown[], readonly number[]]>([
    ['a short page', [[{ id: 1 }, { id: 2 }], [{ id: 3 }]], [1, 2, 3]],
    ['204', [[{ id: 1 }, { id: 2 }], undefined], [1, 2]],
    ['an empty list', [[{ id: 1 }, { id: 2 }], []], [1, 2]],
    ['204 at once', [undefined], []],
  ])('ends v2 at %s', async (_what, answers, expected) => {
    const pages = await read({ object: 'coupons', pageSize: 2 }, {}, undefined, await serve(answers))

    expect(idsOf(pages)).toEqual(expected)
  })

  test.each([
    ['products', { items: [] }, 'has no list of records in "data"'],
    ['products', null, 'holds no records'],
    ['products', { data: null }, 'holds no records'],
    ['orders', 'maintenance', 'holds no records'],
  ])('refuses for %s the answer %j', async (object, answer, message) => {
    const failure = read({ object }, {}, undefined, await serve([answer]))

    await expect(failure).rejects.toMatchObject({ code: 'RESPONSE_INVALID', message: expect.stringContaining(message) })
  })

  test('goes on with the page size of the first attempt', async () => {
    const whole = await read({ object: 'products', pageSize: 100, limit: 300 })

    const rest = await read({ object: 'products', pageSize: 250, limit: 300 }, {}, whole[0]?.position)

    expect(idsOf(rest)).toEqual(idsOf(whole.slice(1)))
  })

  test('asks for a page no larger than its limit, and goes on from it with exactly the rest', async () => {
    const before = store.requestCount
    const options = { object: 'products', limit: 10 }

    const whole = await read(options)

    const asked = store.requests.slice(before - store.requestCount).map(({ path }) => path)
    expect(asked).toEqual([expect.stringContaining('limit=10&page=1')])
    const { resumed, expected } = await resumeEverywhere(store, { ...options, limit: 25, pageSize: 10 })
    expect(expected.map(({ length }) => length)).toEqual([15, 5, 0])
    expect(resumed).toEqual(expected)
    expect(idsOf(whole)).toEqual(idsOf(await read({ object: 'products' })).slice(0, 10))
  })

  test('reads nothing more after its limit, and nothing from a position that is none', async () => {
    const whole = await read({ object: 'products', limit: 10 })
    const before = store.requestCount

    const rest = await read({ object: 'products', limit: 10 }, {}, whole.at(-1)?.position)

    expect(rest).toEqual([])
    expect(store.requestCount).toBe(before)
    await expect(read({ object: 'products' }, {}, { offset: 7 })).rejects.toMatchObject({ code: 'STATE_LOST' })
  })
})

describe('Query of sub-objects', () => {
  test('asks for fewer products when few of their parts are wanted, and goes on with exactly the rest', async () => {
    const before = store.requestCount
    const options = { object: 'products', subObject: 'images', limit: 10 }

    const few = recordsIn(await read(options))

    expect(few).toEqual(recordsIn(await read({ ...options, limit: 1_000 })).slice(0, 10))
    expect(store.requests[store.requests.length - (store.requestCount - before)]?.path).toContain('limit=50&')
    const { resumed, expected } = await resumeEverywhere(store, { ...options, limit: 180 })
    expect(resumed).toEqual(expected)
  })

  test('reads the images of all products together with the products', async () => {
    const before = store.requestCount
    const told: string[] = []

    const images = recordsIn(
      await read({ object: 'products', subObject: 'images' }, { tell: (_, message) => told.push(message) }),
    )

    expect(store.requestCount - before).toBe(6)
    expect(told).toEqual(['products/images are read together with the products (include=images)'])
    expect(new Set(images.map(image => image['product_id'])).size).toBeGreaterThan(1_000)
  })

  test('reads the same images one product at a time', async () => {
    const images = { object: 'products', subObject: 'images' }
    const all = recordsIn(await read({ ...images, limit: 50 }))
    const ids = [...new Set(all.map(image => Number(image['product_id'])))].slice(0, 8)

    const some = recordsIn(await read({ ...images, keys: { product_id: ids } }))

    expect(some).toEqual(all.slice(0, some.length))
  })

  test('reads the variants of all products from the list of the store', async () => {
    const variants = recordsIn(await read({ object: 'products', subObject: 'variants', fields: ['id', 'product_id'] }))

    expect(variants.map(variant => Object.keys(variant).sort())).toEqual(variants.map(() => ['id', 'product_id']))
    expect(new Set(variants.map(variant => variant['product_id'])).size).toBe(1_130)
  })

  test('reads one record by its key, and several', async () => {
    expect(idsOf(await read({ object: 'products', id: 7 }))).toEqual([7])
    expect(idsOf(await read({ object: 'products', id: [9, 7], fields: ['id'] }))).toEqual([9, 7])
  })

  test('resumes from every position', async () => {
    const { resumed, expected } = await resumeEverywhere(store, { object: 'products', subObject: 'images' })

    expect(resumed).toEqual(expected)
  })

  test('goes on from a position of an earlier release', async () => {
    const whole = await read({ object: 'products' })

    const rest = await read({ object: 'products' }, {}, { page: 3, pageSize: 250, count: 500 })

    expect(idsOf(rest)).toEqual(idsOf(whole.slice(2)))
  })
})
