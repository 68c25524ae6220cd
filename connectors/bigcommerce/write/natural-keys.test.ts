import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Arrived, startTestStore, type TestStore } from './test-store.ts'
import { writeTo } from './test-write.ts'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store.close())

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }

function writesTo({ requests }: TestStore): readonly Arrived[] {
  return requests.filter(({ method }) => method !== 'GET')
}

describe('an upsert', () => {
  test('updates the product with the same sku and creates the others', async () => {
    store.on(/GET/, { body: { data: [{ id: 5, sku: 'a' }], meta: {} } })

    const outcomes = await writeTo(store, 'Create', { object: 'products', upsert: true }, [
      { ...product, sku: 'a' },
      { ...product, sku: 'b' },
    ])

    expect(store.requests).toEqual([
      { method: 'GET', path: '/v3/catalog/products?sku:in=a,b&limit=250&page=1', body: undefined },
      { method: 'PUT', path: '/v3/catalog/products/5', body: { ...product, sku: 'a' } },
      { method: 'POST', path: '/v3/catalog/products', body: { ...product, sku: 'b' } },
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written'])
  })

  test('finds with the second record of a name what the first has made', async () => {
    const made: object[] = []
    store.on(/GET/, () => ({ body: { data: made, meta: {} } }))
    store.on(/POST/, ({ body }) => {
      made.push({ ...(body as object), id: 9 })
      return { body: { data: made[0] } }
    })

    await writeTo(store, 'Create', { object: 'brands', upsert: true }, [{ name: 'A' }, { name: 'A', page_title: 't' }])

    expect(writesTo(store).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v3/catalog/brands',
      'PUT /v3/catalog/brands/9',
    ])
  })

  test('knows customers by their address, whatever its capitals', async () => {
    store.on(/GET/, { body: { data: [{ id: 5, email: 'Ann@example.com' }], meta: {} } })
    const ann = { email: 'ann@Example.com', first_name: 'A', last_name: 'B' }

    await writeTo(store, 'Create', { object: 'customers', upsert: true }, [ann])

    expect(writesTo(store)).toEqual([{ method: 'PUT', path: '/v3/customers', body: [{ ...ann, id: 5 }] }])
  })

  test('knows categories by name and parent', async () => {
    const found = [
      { category_id: 1, name: 'Tea', parent_id: 7, tree_id: 1 },
      { category_id: 2, name: 'Tea', parent_id: 8, tree_id: 1 },
    ]
    store.on(/GET/, { body: { data: found, meta: {} } })
    const tea = { name: 'Tea', parent_id: 8, tree_id: 1 }

    const outcomes = await writeTo(store, 'Create', { object: 'tree-categories', upsert: true }, [tea])

    expect(writesTo(store)).toEqual([
      { method: 'PUT', path: '/v3/catalog/trees/categories', body: [{ ...tea, category_id: 2 }] },
    ])
    expect(outcomes).toEqual([{ status: 'written', id: '2' }])
  })
})

describe('matchBy', () => {
  test('finds variants by sku store-wide, one request each, with the product they belong to', async () => {
    store.on(/GET/, ({ path }) => ({
      body: { data: path.includes('sku=a') ? [{ id: 5, product_id: 3, sku: 'a' }] : [], meta: {} },
    }))

    const outcomes = await writeTo(store, 'Update', { object: 'products', subObject: 'variants', matchBy: 'sku' }, [
      { sku: 'a', price: 2 },
      { sku: 'b', price: 2 },
    ])

    expect(writesTo(store)).toEqual([
      { method: 'PUT', path: '/v3/catalog/products/3/variants/5', body: { product_id: 3, sku: 'a', price: 2 } },
    ])
    expect(outcomes[1]).toMatchObject({ status: 'rejected', code: 'NOT_FOUND' })
  })

  test('rejects a record that several in the store match, and one without the field', async () => {
    const twins = [
      { id: 5, name: 'Mug' },
      { id: 6, name: 'Mug' },
    ]
    store.on(/GET/, { body: { data: twins, meta: {} } })

    const outcomes = await writeTo(store, 'Update', { object: 'products', matchBy: 'name' }, [
      { name: 'Mug', price: 1 },
      { price: 1 },
    ])

    expect(outcomes).toMatchObject([
      { status: 'rejected', code: 'AMBIGUOUS', message: '2 products have the name "Mug"' },
      { status: 'rejected', code: 'RECORD_INVALID' },
    ])
    expect(writesTo(store)).toEqual([])
  })

  test('asks for values with a comma by themselves', async () => {
    await writeTo(store, 'Update', { object: 'products', matchBy: 'sku' }, [{ sku: 'a,b' }, { sku: 'c' }])

    expect(store.requests.map(({ path }) => path)).toEqual([
      '/v3/catalog/products?sku:in=c&limit=250&page=1',
      '/v3/catalog/products?sku=a,b&limit=250&page=1',
    ])
  })

  test('asks for long values in URLs that are not too long', async () => {
    const records = Array.from({ length: 10 }, (_, place) => ({ sku: `${'x'.repeat(240)}${place}`, price: 1 }))

    await writeTo(store, 'Update', { object: 'products', matchBy: 'sku' }, records)

    expect(store.requests).toHaveLength(2)
    expect(Math.max(...store.requests.map(({ path }) => path.length))).toBeLessThan(1_600)
  })

  test('deletes what it finds', async () => {
    store.on(/GET/, { body: { data: [{ id: 5, email: 'a@example.com' }], meta: {} } })

    await writeTo(store, 'Delete', { object: 'customers', matchBy: 'email' }, [{ email: 'a@example.com' }])

    expect(writesTo(store)).toEqual([{ method: 'DELETE', path: '/v3/customers?id:in=5', body: undefined }])
  })

  test('is refused where the store cannot be asked', async () => {
    await expect(writeTo(store, 'Update', { object: 'products', matchBy: 'warranty' }, [{}])).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: 'matchBy: products cannot be looked up by "warranty"',
    })
  })
})
