import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask, type Reply } from './sandbox-test.ts'

let store: Sandbox

beforeEach(async () => {
  store = await startSandbox({ products: 40, customers: 20, orders: 30, plan: 'unlimited' })
})

afterEach(() => store.close())

const buyer = { first_name: 'Ada', last_name: 'Berg', street_1: '1 Quay', zip: '0150', email: 'ada@example.com' }

function make(change: object = {}): Promise<Reply> {
  const products = [{ product_id: 2, quantity: 2, price_ex_tax: 10, price_inc_tax: 12 }]
  return ask(store, '/v2/orders', { method: 'POST', json: { billing_address: buyer, products, ...change } })
}

describe('a new order', () => {
  test('has its sums as text, its status by name and its date as RFC 2822', async () => {
    const { status, body } = await make({ status_id: 11, customer_id: 3, base_shipping_cost: '5.0000' })

    expect(status).toBe(201)
    expect(body).toMatchObject({
      customer_id: 3,
      status_id: 11,
      status: 'Awaiting Fulfillment',
      subtotal_ex_tax: '20.0000',
      subtotal_inc_tax: '24.0000',
      base_shipping_cost: '5.0000',
      total_inc_tax: '29.0000',
      items_total: 2,
      staff_notes: null,
      date_shipped: '',
      products: { resource: `/orders/${body.id}/products` },
    })
    expect(body.date_created).toMatch(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000$/)
  })

  test('has lines and addresses below it', async () => {
    const { body } = await make()
    const lines = await ask(store, `/v2/orders/${body.id}/products`)
    const addresses = await ask(store, `/v2/orders/${body.id}/shipping_addresses`)

    expect(lines.body).toMatchObject([{ order_id: body.id, product_id: 2, quantity: 2, price_ex_tax: '10.0000' }])
    expect(addresses.body).toMatchObject([{ order_id: body.id, street_1: '1 Quay' }])
  })

  test.each([
    ['without products', { products: undefined }, "The required field 'products' was not supplied."],
    [
      'of a product that is not there',
      { products: [{ product_id: 9999, quantity: 1 }] },
      "The field 'products' is invalid.",
    ],
    ['with a status there is not', { status_id: 99 }, "The field 'status_id' is invalid."],
  ])('%s is 400', async (_, change, message) => {
    const { status, body } = await make(change)

    expect({ status, body }).toEqual({ status: 400, body: [{ status: 400, message }] })
  })
})

describe('a changed order', () => {
  test('takes a status by its number and lines by their id, and reckons again', async () => {
    const { body: order } = await make()
    const { body: lines } = await ask(store, `/v2/orders/${order.id}/products`)
    const products = [
      { id: lines[0].id, quantity: 0 },
      { product_id: 3, quantity: 1, price_ex_tax: 7 },
    ]

    const { body } = await ask(store, `/v2/orders/${order.id}`, { method: 'PUT', json: { status_id: 5, products } })
    const after = await ask(store, `/v2/orders/${order.id}/products`)

    expect(body).toMatchObject({ status_id: 5, status: 'Cancelled', subtotal_ex_tax: '7.0000', items_total: 1 })
    expect(after.body.map((line: { product_id: number }) => line.product_id)).toEqual([3])
  })
})

describe('a shipment', () => {
  test('moves the quantities of the lines and the status of the order, and its end moves them back', async () => {
    const { body: order } = await make({ status_id: 11 })
    const path = `/v2/orders/${order.id}`
    const { body: lines } = await ask(store, `${path}/products`)
    const sent = {
      order_address_id: lines[0].order_address_id,
      items: [{ order_product_id: lines[0].id, quantity: 1 }],
    }

    const made = await ask(store, `${path}/shipments`, { method: 'POST', json: { ...sent, tracking_number: 'T1' } })
    const partly = await ask(store, path)
    const tooMany = { ...sent, items: [{ order_product_id: lines[0].id, quantity: 2 }] }
    const refused = await ask(store, `${path}/shipments`, { method: 'POST', json: tooMany })
    await ask(store, `${path}/shipments/${made.body.id}`, { method: 'DELETE' })
    const after = await ask(store, path)

    expect(made.body).toMatchObject({ order_id: order.id, tracking_number: 'T1', items: [{ quantity: 1 }] })
    expect(partly.body).toMatchObject({ status_id: 3, items_shipped: 1 })
    expect(refused.status).toBe(400)
    expect(after.body).toMatchObject({ status_id: 11, items_shipped: 0 })
  })
})

describe('a deleted order', () => {
  test('is archived: out of the list, still readable, shown to who asks for deleted ones', async () => {
    const { status } = await ask(store, '/v2/orders/100', { method: 'DELETE' })
    const listed = await ask(store, '/v2/orders?min_id=100&max_id=100')
    const item = await ask(store, '/v2/orders/100')
    const archived = await ask(store, '/v2/orders?is_deleted=true')

    expect([status, listed.status]).toEqual([204, 204])
    expect(item.body).toMatchObject({ id: 100, is_deleted: true })
    expect(archived.body.map((order: { id: number }) => order.id)).toContain(100)
  })
})
