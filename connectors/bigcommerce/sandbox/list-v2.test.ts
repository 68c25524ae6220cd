import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 20, customers: 20, orders: 120, plan: 'unlimited' })
})
afterAll(() => store.close())

describe('a v2 list', () => {
  test('is a bare array of fifty', async () => {
    const { status, body } = await ask(store, '/v2/orders')

    expect([status, Array.isArray(body), body.length]).toEqual([200, true, 50])
  })

  test('ends with a short page and then with 204 and no body', async () => {
    const last = await ask(store, '/v2/orders?limit=50&page=3')
    const { status, headers, text } = await ask(store, '/v2/orders?limit=50&page=4')

    expect(last.body).toHaveLength(20)
    expect({ status, text, type: headers['content-type'] }).toEqual({ status: 204, text: '', type: undefined })
  })

  test('without records is 204', async () => {
    expect((await ask(store, '/v2/orders?min_id=99999')).status).toBe(204)
  })

  test('caps the limit at 250', async () => {
    expect((await ask(store, '/v2/orders?limit=9999')).body).toHaveLength(120)
  })

  test('sorts as asked', async () => {
    const { body } = await ask(store, '/v2/orders?sort=date_modified:desc&limit=250')
    const times = body.map((order: { date_modified: string }) => Date.parse(order.date_modified))

    expect(times).toEqual([...times].sort((one, other) => other - one))
  })

  test.each(['sort=total', 'sort=id:up', 'page=0', 'limit=x', 'is_deleted=maybe'])('refuses %s', async parameter => {
    const { status, body } = await ask(store, `/v2/orders?${parameter}`)

    const field = parameter.split('=')[0]
    expect({ status, body }).toEqual({
      status: 400,
      body: [{ status: 400, message: `The field '${field}' is invalid.` }],
    })
  })
})

describe('a v2 record', () => {
  test('is bare', async () => {
    expect((await ask(store, '/v2/orders/100')).body).toMatchObject({ id: 100 })
  })

  test.each([
    '/v2/orders/99',
    '/v2/orders/99/products',
    '/v2/orders/100/products/99999',
    '/v2/orders/99/shipments/count',
  ])('that is missing is an array with a 404: %s', async path => {
    const { status, body } = await ask(store, path)

    expect({ status, body }).toEqual({
      status: 404,
      body: [{ status: 404, message: 'The requested resource was not found.' }],
    })
  })
})
