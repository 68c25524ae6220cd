import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page, Position, ReadContext } from '../sdk/connector.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import { readPages, recordsIn, resumeEverywhere } from './test/reading.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 1_130, plan: 'unlimited' })
})
afterAll(() => store.close())

function read(options: object, context: Partial<ReadContext> = {}, from?: Position): Promise<readonly Page[]> {
  return readPages(store, options, context, from)
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

describe('Query of sub-objects', () => {
  test('reads the images of all products together with the products', async () => {
    const before = store.requestCount
    const told: string[] = []

    const images = recordsIn(
      await read({ object: 'products', subObject: 'images' }, { tell: (_, message) => told.push(message) }),
    )

    expect(store.requestCount - before).toBe(5)
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
