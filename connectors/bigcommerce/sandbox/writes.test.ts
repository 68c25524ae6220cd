import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
import { type Ask, ask, type Reply } from './sandbox-test.ts'

const size: SandboxOptions = { products: 40, brands: 5, categories: 12, customers: 20, orders: 30, plan: 'unlimited' }

let store: Sandbox

beforeEach(async () => {
  store = await startSandbox(size)
})

afterEach(() => store.close())

function post(path: string, json: unknown, more: Ask = {}): Promise<Reply> {
  return ask(store, path, { method: 'POST', json, ...more })
}

function put(path: string, json: unknown, more: Ask = {}): Promise<Reply> {
  return ask(store, path, { method: 'PUT', json, ...more })
}

function remove(path: string, json?: unknown): Promise<Reply> {
  return ask(store, path, { method: 'DELETE', ...(json === undefined ? {} : { json }) })
}

const lamp = { name: 'Lamp', type: 'physical', weight: 1, price: 20 }

describe('a body', () => {
  test('that is no JSON is 400', async () => {
    expect((await post('/v3/catalog/brands', '{"name":')).status).toBe(400)
  })

  test('without a required field is 422 with the path of the field', async () => {
    const { status, body } = await post('/v3/catalog/products', { name: 'Lamp', type: 'physical', price: 20 })

    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: { weight: 'error.path.missing' } })
  })

  test('of the wrong type is 422 with the type that is expected', async () => {
    const { status, body } = await post('/v3/customers', [{ email: 5, first_name: 'Ada', last_name: 'Berg' }])

    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: { '0.email': 'error.expected.jsstring' } })
  })

  test.each([
    ['an object where an array is expected', '/v3/customers', { email: 'a@example.com' }, 'error.expected.jsarray'],
    ['an array where an object is expected', '/v3/catalog/brands', [{ name: 'Ost' }], 'error.expected.jsobject'],
  ])('with %s is 422', async (_, path, json, error) => {
    const { status, body } = await post(path, json)

    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: { obj: error } })
  })

  test('with more records than the endpoint takes is 413', async () => {
    const many = Array.from({ length: 11 }, (_, at) => ({ id: at + 1, price: 1 }))

    const { status, body } = await put('/v3/catalog/products', many)

    expect(status).toBe(413)
    expect(body.title).toBe('The request payload is too large. The maximum items allowed in the array is 10')
  })

  test('of v2 with a field that only an answer has is 400 and says which', async () => {
    const { status, body } = await put('/v2/orders/100', { items_total: 3, id: 7 })

    expect(status).toBe(400)
    expect(body[0].message).toMatch(/^The field '\w+' cannot be written to\. Please remove it/)
  })
})

describe('a new product', () => {
  test('answers the whole record with a base variant, and both are read', async () => {
    const { status, body } = await post('/v3/catalog/products', { ...lamp, sku: 'LAMP-1' })
    const { id, base_variant_id: variantId } = body.data
    const item = await ask(store, `/v3/catalog/products/${id}?include=variants`)

    expect(status).toBe(200)
    expect(body.data).toMatchObject({ ...lamp, is_visible: true, custom_url: { url: '/lamp/', is_customized: false } })
    expect(item.body.data.variants).toMatchObject([{ id: variantId, product_id: id, sku: 'LAMP-1', option_values: [] }])
  })

  test('is found by filters, counted, and listed after those that were there', async () => {
    const before = await ask(store, '/v3/catalog/products?limit=1')
    const { body } = await post('/v3/catalog/products', lamp)
    const found = await ask(store, '/v3/catalog/products?name=Lamp')
    const { total } = before.body.meta.pagination
    const last = await ask(store, `/v3/catalog/products?limit=1&page=${total + 1}`)

    expect(found.body.data.map((row: { id: number }) => row.id)).toEqual([body.data.id])
    expect(last.body.data[0].id).toBe(body.data.id)
    expect(last.body.meta.pagination.total).toBe(total + 1)
  })

  test.each([
    ['name', { name: 'Lamp' }, 'The product name is a duplicate'],
    ['sku', { name: 'Other', sku: 'LAMP-1' }, 'The product sku is a duplicate'],
    ['URL', { name: 'Third', custom_url: { url: '/lamp/' } }, 'The custom url is a duplicate'],
  ])('with a %s that is taken is 409', async (_, change, title) => {
    await post('/v3/catalog/products', { ...lamp, sku: 'LAMP-1' })

    const { status, body } = await post('/v3/catalog/products', { ...lamp, ...change })

    expect({ status, title: body.title }).toEqual({ status: 409, title })
  })

  test('with the name of a product nobody wrote is 409', async () => {
    const { body: made } = await ask(store, '/v3/catalog/products/7')

    expect((await post('/v3/catalog/products', { ...lamp, name: made.data.name })).status).toBe(409)
  })

  test('of a category that is not there is 409', async () => {
    expect((await post('/v3/catalog/products', { ...lamp, categories: [999] })).status).toBe(409)
  })
})

describe('a change', () => {
  test('leaves out what was not sent, replaces arrays whole and makes the record younger', async () => {
    const { body: before } = await ask(store, '/v3/catalog/products/2')

    const { body } = await put('/v3/catalog/products/2', { price: 3.5, categories: [5] })

    expect(body.data).toMatchObject({ name: before.data.name, price: 3.5, categories: [5], weight: before.data.weight })
    expect(Date.parse(body.data.date_modified)).toBeGreaterThan(Date.parse(before.data.date_modified))
  })

  test('takes no notice of what cannot be written', async () => {
    const { body } = await put('/v3/catalog/products/2', { id: 9, date_created: '2001-01-01', price: 3.5 })

    expect(body.data).toMatchObject({ id: 2, price: 3.5 })
    expect(body.data.date_created).not.toMatch(/^2001/)
  })

  test('of an array in which a record has no id changes nothing', async () => {
    const { body: before } = await ask(store, '/v3/catalog/products/2')

    const { status, body } = await put('/v3/catalog/products', [{ id: 2, price: 1 }, { price: 1 }])

    expect({ status, errors: body.errors }).toEqual({ status: 422, errors: { '1.id': 'error.path.missing' } })
    expect((await ask(store, '/v3/catalog/products/2')).body).toEqual(before)
  })

  test('is seen by lists that were read before', async () => {
    await ask(store, '/v3/catalog/products?limit=5')
    await put('/v3/catalog/products/2', { name: 'Renamed' })

    const { body } = await ask(store, '/v3/catalog/products?limit=5')

    expect(body.data[1].name).toBe('Renamed')
  })
})

describe('what goes', () => {
  test('takes variants, images and metafields of the product with it', async () => {
    const images = store.records('products/images').length

    const { status } = await remove('/v3/catalog/products?id:in=1,2,3')

    expect(status).toBe(204)
    expect((await ask(store, '/v3/catalog/products/2')).status).toBe(404)
    expect((await ask(store, '/v3/catalog/products/2/images')).status).toBe(404)
    expect(store.records('products/images').length).toBeLessThan(images)
    expect(store.records('products')).toHaveLength(37)
  })

  test('is what hangs under a category, and not its products', async () => {
    await remove('/v3/catalog/categories/1')

    const { body } = await ask(store, '/v3/catalog/trees/categories?limit=250')
    const ids: readonly number[] = body.data.map((row: { category_id: number }) => row.category_id)

    expect(ids).not.toContain(1)
    expect(ids).not.toContain(9)
    expect(store.records('products')).toHaveLength(40)
  })

  test('is everything when no filter says what', async () => {
    await remove('/v3/catalog/brands')

    expect(store.records('/v3/catalog/brands')).toEqual([])
  })

  test('must be named where the service wants it', async () => {
    const { status } = await remove('/v3/customers')

    expect(status).toBe(422)
    expect(store.records('customers')).toHaveLength(20)
  })

  test('is told where some of it was not there, and the rest goes', async () => {
    const { status, body } = await remove('/v3/promotions?id:in=1,999')

    expect({ status, meta: body.meta }).toEqual({ status: 422, meta: { total: 2, success: 1, failed: 1 } })
    expect(store.keys('promotions')).not.toContain('1')
  })

  test('may go twice in v3, and not in v2', async () => {
    await remove('/v3/catalog/brands/1')
    await remove('/v2/coupons/1')

    expect((await remove('/v3/catalog/brands/1')).status).toBe(204)
    expect((await remove('/v2/coupons/1')).status).toBe(404)
  })

  test('is shown by the answer where it is a webhook', async () => {
    const { status, body } = await remove('/v3/hooks/1')

    expect({ status, id: body.data.id }).toEqual({ status: 200, id: 1 })
  })
})

describe('categories', () => {
  test('made in a tree are seen by the older path, and must differ in name from their neighbours', async () => {
    const one = { name: 'Lamps', tree_id: 1, parent_id: 0 }
    const { body } = await post('/v3/catalog/trees/categories', [one])
    const id = body.data[0].category_id
    const old = await ask(store, `/v3/catalog/categories/${id}`)

    expect(old.body.data).toMatchObject({ id, name: 'Lamps', custom_url: { url: '/lamps/' } })
    expect((await post('/v3/catalog/categories', { name: 'lamps', parent_id: 0 })).status).toBe(409)
    expect((await post('/v3/catalog/categories', { name: 'Lamps', parent_id: id })).status).toBe(200)
  })
})

describe('variants', () => {
  test('need option values, and take the place of the base variant', async () => {
    const { body: product } = await post('/v3/catalog/products', lamp)
    const path = `/v3/catalog/products/${product.data.id}`
    const option = { display_name: 'Size', type: 'dropdown', option_values: [{ label: 'S', sort_order: 0 }] }
    const { body: made } = await post(`${path}/options`, option)
    const [{ id: valueId }] = made.data.option_values

    const bare = await post(`${path}/variants`, { sku: 'LAMP-S' })
    const whole = await post(`${path}/variants`, {
      sku: 'LAMP-S',
      option_values: [{ option_id: made.data.id, id: valueId }],
    })
    const { body: variants } = await ask(store, `${path}/variants`)

    expect(bare.status).toBe(422)
    expect(whole.body.data).toMatchObject({ price: null, calculated_price: 20 })
    expect(variants.data.map((row: { sku: string }) => row.sku)).toEqual(['LAMP-S'])
  })
})

describe('customers', () => {
  const ada = { email: 'ada@example.com', first_name: 'Ada', last_name: 'Berg' }

  test('are all refused when the e-mail of one is taken', async () => {
    const taken = store.records('customers')[0]?.['email']

    const { status, body } = await post('/v3/customers', [ada, { ...ada, email: taken }])

    expect(status).toBe(422)
    expect(body).toMatchObject({
      title: 'Create customers failed.',
      errors: { '.customer_create': `Error creating customers: email ${taken} already in use` },
    })
    expect(store.records('customers')).toHaveLength(20)
  })

  test('bring addresses along, of which an equal one is silently not written', async () => {
    const address = {
      ...{ first_name: 'Ada', last_name: 'Berg', address1: '1 Quay', city: 'Oslo' },
      ...{ state_or_province: '', postal_code: '0150', country_code: 'NO' },
    }
    const { body } = await post('/v3/customers', [{ ...ada, addresses: [address] }])
    const { id } = body.data[0]

    const again = await post('/v3/customers/addresses', [{ ...address, customer_id: id }])
    const { body: list } = await ask(store, `/v3/customers?id:in=${id}&include=addresses`)

    expect({ status: again.status, data: again.body.data }).toEqual({ status: 200, data: [] })
    expect(list.data[0]).toMatchObject({ address_count: 1, addresses: [{ address1: '1 Quay', customer_id: id }] })
  })

  test('have attribute values that are sent as value, shown as attribute_value, and written twice only once', async () => {
    const value = { customer_id: 3, attribute_id: 9, value: 'red' }
    const first = await put('/v3/customers/attribute-values', [value])
    const second = await put('/v3/customers/attribute-values', [{ ...value, value: 'blue' }])

    expect(first.body.data[0]).toMatchObject({ customer_id: 3, attribute_id: 9, attribute_value: 'red' })
    expect(second.body.data[0]).toMatchObject({ id: first.body.data[0].id, attribute_value: 'blue' })
  })
})

describe('metafields', () => {
  const note = { namespace: 'app', key: 'note', value: 'x', permission_set: 'app_only' }

  test('sent together are written as far as they can be, and the answer counts', async () => {
    const { status, body } = await post('/v3/catalog/products/metafields', [
      { ...note, resource_id: 2 },
      { ...note, resource_id: 2 },
    ])

    expect({ status, meta: body.meta }).toEqual({ status: 422, meta: { total: 2, success: 1, failed: 1 } })
    expect(body.data).toMatchObject([{ key: 'note', resource_id: 2 }])
    expect(body.errors[0].status).toBe(409)
  })

  test('are the same below the product and for the whole store', async () => {
    const { body } = await post('/v3/catalog/products/2/metafields', note)
    const all = await ask(store, '/v3/catalog/products/metafields?key=note')

    expect(all.body.data).toEqual([body.data])
    expect((await post('/v3/catalog/products/2/metafields', note)).status).toBe(409)
  })

  test('that are for one account only are not seen by another', async () => {
    await store.close()
    store = await startSandbox({ ...size, tokens: [{ accessToken: 'other', scopes: ['store_v2_products'] }] })
    const { body } = await post('/v3/catalog/brands/1/metafields', note)
    await post('/v3/catalog/brands/1/metafields', { ...note, key: 'open', permission_set: 'read' })

    const seen = await ask(store, '/v3/catalog/brands/1/metafields?namespace=app', { token: 'other' })
    const one = await ask(store, `/v3/catalog/brands/1/metafields/${body.data.id}`, { token: 'other' })

    expect(seen.body.data.map((row: { key: string }) => row.key)).toEqual(['open'])
    expect(one.status).toBe(404)
  })
})

describe('price records', () => {
  test('are named by variant and currency, whatever its case', async () => {
    await put('/v3/pricelists/1/records', [{ variant_id: 9, currency: 'EUR', price: 5 }])
    const { status } = await put('/v3/pricelists/1/records', [{ variant_id: 9, currency: 'eur', price: 6 }])
    const { body } = await ask(store, '/v3/pricelists/1/records/9/eur')

    expect(status).toBe(200)
    expect(body.data).toMatchObject({ variant_id: 9, currency: 'eur', price: 6 })
    expect(store.records('price-lists/records').filter(({ variant_id: id }) => id === 9)).toHaveLength(1)
  })

  test('that are refused are told in batch_errors, and go with their list', async () => {
    const { status, body } = await put('/v3/pricelists/1/records', [{ variant_id: 99_999, currency: 'usd', price: 5 }])
    await remove('/v3/pricelists/1')

    expect(status).toBe(422)
    expect(body.batch_errors).toMatchObject([
      { data: { variant_id: 99_999 }, errors: { variant_id: 'error.notfound' } },
    ])
    expect(store.records('price-lists/records').filter(({ price_list_id: id }) => id === 1)).toEqual([])
  })
})

describe('assignments', () => {
  test('of categories add up, answer 204 and show in the product', async () => {
    const { status, text } = await put('/v3/catalog/products/category-assignments', [
      { product_id: 2, category_id: 11 },
    ])
    const { body } = await ask(store, '/v3/catalog/products/2')

    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect(body.data.categories).toContain(11)
  })
})

describe('inventory', () => {
  test('is taken with a transaction id and seen later', async () => {
    await store.close()
    store = await startSandbox({ ...size, switches: { inventoryDelayMs: 200 } })
    const sent = { settings: [{ identity: { variant_id: 2 }, safety_stock: 77 }] }
    const stock = (): number =>
      store.records('locations/items').filter(row => JSON.stringify(row).includes(':77')).length

    const { status, body } = await put('/v3/inventory/locations/1/items', sent)
    const atOnce = stock()
    while (stock() === 0) await ask(store, '/v3/inventory/locations/1/items')

    expect({ status, id: typeof body.transaction_id, atOnce }).toEqual({ status: 200, id: 'string', atOnce: 0 })
  })
})

describe('a wishlist', () => {
  test('keeps its items inside', async () => {
    const { body } = await post('/v3/wishlists', { customer_id: 1, name: 'W', is_public: false, items: [] })
    const added = await post(`/v3/wishlists/${body.data.id}/items`, { items: [{ product_id: 2, variant_id: 2 }] })
    const [item] = added.body.data.items
    const emptied = await remove(`/v3/wishlists/${body.data.id}/items/${item.id}`)

    expect(item).toEqual({ id: 1, product_id: 2, variant_id: 2 })
    expect(emptied.body.data.items).toEqual([])
  })
})
