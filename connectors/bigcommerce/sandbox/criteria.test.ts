import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readCriteria } from './criteria.ts'
import { fieldFilters, idFilters } from './filter.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { allV3, ask } from './sandbox-test.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 200, customers: 60, orders: 30, plan: 'unlimited' })
})
afterAll(() => store.close())

async function ids(path: string): Promise<readonly number[]> {
  return (await allV3(store, path)).map(({ id }) => id)
}

describe('a parameter that is no filter', () => {
  test.each([
    ['/v3/catalog/products?foo=1', 'foo'],
    ['/v3/catalog/products?foo=1&id:in=1&bar=2', 'foo,bar'],
    ['/v3/catalog/brands?include=x', 'include'],
    ['/v3/catalog/products?&id=1', ''],
    ['/v3/catalog/products?id=1&', ''],
    ['/v3/catalog/products?constructor=1', 'constructor'],
    ['/v3/catalog/trees/categories?parent_id=0', 'parent_id'],
    ['/v3/customers?email=a@example.com', 'email'],
    ['/v3/customers/addresses?customer_id=1', 'customer_id'],
    ['/v3/catalog/products/1?page=1', 'page'],
    ['/v3/catalog/summary?page=1', 'page'],
  ])('is refused in v3: %s', async (path, names) => {
    const { status, body } = await ask(store, path)

    expect({ status, title: body.title, errors: body.errors }).toEqual({
      status: 422,
      title: `The filter(s): ${names} are not valid filter parameter(s).`,
      errors: {},
    })
  })

  test.each([
    '/v2/orders?id=1',
    '/v2/orders/100?id=1',
    '/v2/time?id=1',
    '/v2/orders/count?id=1',
    '/v2/orders/100/fees?id=1',
  ])('is refused in v2: %s', async path => {
    const { status, body } = await ask(store, path)

    expect({ status, body }).toEqual({
      status: 400,
      body: [{ status: 400, message: "The field 'id' is not supported by this resource." }],
    })
  })
})

describe('a filter', () => {
  test.each([
    ['id=7', [7]],
    ['id:in=9,7, 7', [7, 9]],
    ['id:min=5&id:max=7', [5, 6, 7]],
    ['id:greater=5&id:less=7', [6]],
    ['id:max=5&id:not_in=2,4', [1, 3, 5]],
    ['id:in=1,2,3&id:min=2', [2, 3]],
    ['id=1,2', undefined],
    ['id:in=1,x', undefined],
    ['price=cheap', undefined],
    ['is_visible=maybe', undefined],
    ['date_modified:min=yesterday', undefined],
  ])('reads %s', async (query, expected) => {
    const { status, body } = await ask(store, `/v3/catalog/products?${query}`)

    const found = body.data?.map(({ id }: { id: number }) => id)
    expect({ status, found }).toEqual({ status: expected === undefined ? 422 : 200, found: expected })
  })

  test('says of a wrong value what it expects', async () => {
    const { body } = await ask(store, '/v3/catalog/products?id:in=x&is_visible=maybe')

    expect(body.errors).toEqual({ 'id:in': 'error.expected.jsnumber', is_visible: 'error.expected.jsboolean' })
  })

  test('takes true and false where it is a boolean, and 1 and 0 only where it is a flag', async () => {
    const featured = await ids('/v3/catalog/products?is_featured=1')

    expect(await ids('/v3/catalog/products?is_visible=false')).toEqual(await ids('/v3/catalog/products?is_visible=0'))
    expect(featured.length).toBeLessThan(200)
    expect(await ids('/v3/catalog/products?is_featured=true')).toHaveLength(200)
  })

  test('finds a part of a name whatever its case', async () => {
    const names = (await allV3(store, '/v3/catalog/brands?name:like=LD')).map(({ name }) => name)

    expect(names).not.toEqual([])
    expect(names.every(name => /ld/i.test(name))).toBe(true)
  })

  test('keeps products without the key of another kind apart', async () => {
    const variants = await allV3(store, '/v3/catalog/variants?product_id:in=4,2')

    expect([...new Set(variants.map(({ product_id }) => product_id))]).toEqual([2, 4])
  })
})

describe('a filter on a date', () => {
  const filters = fieldFilters('at', 'date', 'eq min max')
  const now = new Date('2025-06-01T15:00:00Z')

  test.each([
    ['at:max=2025-01-15', '2025-01-15T15:00:00Z', '2025-01-15T15:00:01Z'],
    ['at:min=2025-01-15', '2025-01-15T00:00:00+00:00', '2025-01-14T23:59:59Z'],
    ['at=2025-01-15', '2025-01-15T23:59:59Z', '2025-01-16T00:00:00Z'],
    ['at:min=2025-01-15T09:00:00', '2025-01-15T09:00:00Z', '2025-01-15T08:59:59Z'],
    ['at:min=2025-01-15T09:00:00-02:00', '2025-01-15T11:00:00Z', '2025-01-15T10:59:59Z'],
    ['at:max=Wed, 15 Jan 2025 09:00:00 -0200', 'Wed, 15 Jan 2025 11:00:00 +0000', 'Wed, 15 Jan 2025 11:00:01 +0000'],
    ['at:min=1736931600', '2025-01-15T09:00:00Z', '2025-01-15T08:59:59Z'],
  ])('%s takes %s and leaves %s', (parameter, taken, left) => {
    const [name = '', value = ''] = parameter.split('=')
    const criteria = readCriteria(filters, [[name, value]], now)
    const tests = 'tests' in criteria ? criteria.tests : []

    expect([taken, left].map(at => tests.map(passes => passes({ at })))).toEqual([[true], [false]])
  })

  test('is answered alike from the position of a record and from the record', async () => {
    const customers = await allV3(store, '/v3/customers')
    const { date_created: from } = customers[20]
    const { date_created: to } = customers[40]

    const found = await ids(`/v3/customers?date_created:min=${from}&date_created:max=${to}`)

    expect(found).toEqual(customers.slice(20, 41).map(({ id }) => id))
  })
})

describe('readCriteria', () => {
  test('has one key for equal criteria in another order', () => {
    const filters = { ...idFilters('id', 'in'), ...fieldFilters('name', 'text', 'eq') }
    const key = (...query: readonly (readonly [string, string])[]): unknown => {
      const criteria = readCriteria(filters, query, new Date())
      return 'key' in criteria ? criteria.key : undefined
    }

    expect(key(['id:in', '1, 2'], ['name', 'x'])).toBe(key(['name', 'x'], ['id:in', '1,2']))
    expect(key(['name', 'y'])).not.toBe(key(['name', 'x']))
  })
})
