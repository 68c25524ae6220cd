import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createRouter, type Route } from './router.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 20, orders: 5, customers: 5, plan: 'unlimited' })
})
afterAll(() => store.close())

describe('the routes of the store', () => {
  test.each([
    ['GET', '/v3/nothing'],
    ['GET', '/v3/carts'],
    ['GET', '/v3/customers/1'],
    ['GET', '/v3/orders'],
    ['GET', '/v2/customers/x'],
    ['GET', '/v4/time'],
    ['GET', '/v3'],
    ['PATCH', '/v3/catalog/products'],
    ['POST', '/v2/orders/count'],
    ['DELETE', '/v2/time'],
    ['GET', '/v3/catalog/products/%zz'],
  ])('do not know %s %s, and say so before they look at the token', async (method, path) => {
    const { status, headers, text } = await ask(store, path, { method, token: null })

    expect({ status, type: headers['content-type'], text }).toEqual({
      status: 404,
      type: 'text/plain',
      text: 'The route is not found, check the URL',
    })
  })

  test.each([
    ['POST', '/v3/customers/validate-credentials'],
    ['PUT', '/v3/inventory/adjustments/absolute'],
    ['POST', '/v3/catalog/brands/1/image'],
    ['GET', '/v3/infrastructure/logs/x/tail'],
  ])('know %s %s without emulating it', async (method, path) => {
    const { status, body } = await ask(store, path, { method })

    expect(status).toBe(501)
    expect(body.title).toMatch(/^the sandbox does not emulate this route yet$/)
  })

  test('take the extension that v2 once had, and v3 never', async () => {
    const v2 = await ask(store, '/v2/orders/count.json')
    const v3 = await ask(store, '/v3/catalog/summary.json')

    expect([v2.status, v3.status]).toEqual([200, 404])
  })
})

describe('createRouter', () => {
  const route = (path: string, methods: readonly string[]): Route => ({ version: 'v2', path, methods, scopes: [] })
  const find = createRouter([
    route('/a/{id}', ['GET', 'PUT']),
    route('/a/{id}/b/{id}', ['GET']),
    route('/a/count', ['GET']),
  ])

  test.each([
    ['GET', '/a/7', '/a/{id}', [7]],
    ['GET', '/a/7/b/12', '/a/{id}/b/{id}', [7, 12]],
    ['GET', '/a/count', '/a/count', []],
  ])('finds %s %s as %s', (method, path, found, ids) => {
    expect(find('v2', method, path)).toMatchObject({ route: { path: found }, ids })
  })

  test.each([
    ['v3', 'GET', '/a/7'],
    ['v2', 'POST', '/a/7'],
    ['v2', 'PUT', '/a/count'],
    ['v2', 'GET', '/a/x'],
    ['v2', 'GET', '/a/7/'],
  ] as const)('finds nothing for %s %s %s', (version, method, path) => {
    expect(find(version, method, path)).toBeUndefined()
  })
})
