import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

let store: Sandbox
beforeAll(async () => {
  const tokens = [
    { accessToken: 'reader', scopes: ['store_v2_products_read_only'] },
    { accessToken: 'writer', scopes: ['store_v2_products'] },
    { accessToken: 'seller', scopes: ['store_v2_orders', 'store_v2_customers_read_only'] },
  ]
  store = await startSandbox({ products: 20, orders: 5, customers: 5, plan: 'unlimited', tokens })
})
afterAll(() => store.close())

const scopeMissing = {
  status: 403,
  title: "You don't have a required scope to access the endpoint",
  type: 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes',
  errors: {},
}

describe('a request without a valid token', () => {
  test.each([
    ['no token', null, 'X-Auth-Token header is required'],
    ['an empty token', '', 'X-Auth-Token header should have correct format'],
  ])('with %s gets plain text', async (_what, token, sentence) => {
    const { status, headers, text } = await ask(store, '/v3/catalog/products', { token })

    expect({ status, type: headers['content-type'], text }).toEqual({ status: 401, type: 'text/plain', text: sentence })
  })

  test('with a wrong token gets JSON', async () => {
    const { status, headers, body } = await ask(store, '/v2/time', { token: 'wrong' })

    expect([status, headers['content-type']]).toEqual([401, 'application/json'])
    expect(body).toMatchObject({ status: 401, title: 'Unauthorized', errors: {} })
  })

  test('is refused for the token before it is for the store', async () => {
    expect((await ask(store, '/v2/time', { token: 'wrong', storeHash: 'other' })).status).toBe(401)
  })
})

describe('a request with a valid token', () => {
  test('for another store is told that a scope is missing', async () => {
    const { status, body } = await ask(store, '/v2/time', { storeHash: 'other' })

    expect({ status, body }).toEqual({ status: 403, body: scopeMissing })
  })

  test.each([
    ['reader', 'GET', '/v3/catalog/products', 200],
    ['reader', 'POST', '/v3/catalog/products', 403],
    ['writer', 'POST', '/v3/catalog/products', 422],
    ['writer', 'GET', '/v3/catalog/products', 200],
    ['reader', 'GET', '/v3/customers', 403],
    ['reader', 'GET', '/v2/orders', 403],
    ['seller', 'GET', '/v2/orders', 200],
    ['seller', 'GET', '/v2/order_statuses', 200],
    ['seller', 'GET', '/v3/customers/addresses', 200],
    ['seller', 'POST', '/v3/customers', 403],
    ['seller', 'GET', '/v2/store', 403],
    ['seller', 'GET', '/v2/time', 200],
  ])('of the %s may or may not %s %s: %i', async (token, method, path, status) => {
    expect((await ask(store, path, { method, token })).status).toBe(status)
  })
})

test('/v2/time needs a scope where the switch says so', async () => {
  const strict = await startSandbox({
    products: 1,
    switches: { timeNeedsScope: true },
    tokens: [{ accessToken: 'reader', scopes: ['store_v2_products'] }],
  })

  const { status } = await ask(strict, '/v2/time', { token: 'reader' }).finally(() => strict.close())

  expect(status).toBe(403)
})
