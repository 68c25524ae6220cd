import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { allV3, ask, type Reply } from './sandbox-test.ts'

type Body = Reply['body']

let store: Sandbox
let orders: readonly Body[]
beforeAll(async () => {
  store = await startSandbox({ products: 150, customers: 80, orders: 150, plan: 'unlimited' })
  orders = (await ask(store, '/v2/orders?limit=250')).body
})
afterAll(() => store.close())

const asked = new Map<string, Promise<readonly (readonly Body[])[]>>()

/** What lies under each order; nothing for a 204. Asked for once in all tests. */
function under(path: string): Promise<readonly (readonly Body[])[]> {
  const answer = asked.get(path) ?? Promise.all(orders.map(({ id }) => bodyOf(`/v2/orders/${id}/${path}`)))
  asked.set(path, answer)
  return answer
}

async function bodyOf(path: string): Promise<readonly Body[]> {
  return (await ask(store, path)).body ?? []
}

function cents(...amounts: readonly string[]): number {
  return amounts.reduce((sum, amount) => sum + Math.round(Number(amount) * 100), 0)
}

function sumOf(rows: readonly Body[], field: string): number {
  return rows.reduce((sum, row) => sum + cents(row[field]), 0)
}

async function ids(query: string): Promise<readonly number[]> {
  const { body } = await ask(store, `/v2/orders?limit=250&${query}`)
  return (body ?? []).map(({ id }: Body) => id)
}

function idsWhere(isWanted: (order: Body) => boolean): readonly number[] {
  return orders.filter(isWanted).map(({ id }) => id)
}

describe('an order', () => {
  test('has the forms of v2: money with four decimals, RFC 2822 dates, nulls and empty texts where the service has them', () => {
    const order = orders.find(({ status_id }) => status_id === 11)

    expect(order).toMatchObject({
      total_inc_tax: expect.stringMatching(/^\d+\.\d{4}$/),
      currency_exchange_rate: '1.0000000000',
      date_created: expect.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/),
      date_shipped: '',
      external_source: null,
      external_id: null,
      credit_card_type: null,
      ebay_order_id: '0',
    })
    expect(orders.map(({ staff_notes }) => staff_notes)).toContain(null)
    expect(orders.map(({ customer_message }) => customer_message)).toContain(null)
  })

  test('takes the name of its status from the list of the fifteen', async () => {
    const statuses = (await ask(store, '/v2/order_statuses')).body

    expect(statuses.map(({ id }: Body) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect(orders.map(({ status }) => status)).toEqual(orders.map(({ status_id }) => statuses[status_id].name))
    expect((await ask(store, '/v2/order_statuses/14')).body).toEqual(statuses[14])
  })

  test('leads by its links to what lies under it', async () => {
    const { products, shipping_addresses, coupons, consignments, fees } = orders[0]
    const links = [products, shipping_addresses, coupons, consignments, fees]
    const base = `${store.url}/stores/sandbox/v2`

    expect(links.map(({ url }) => url)).toEqual(links.map(({ resource }) => base + resource))
    expect(shipping_addresses.resource).toBe('/orders/100/shippingaddresses')
    const replies = await Promise.all(links.map(({ resource }) => ask(store, `/v2${resource}`)))
    expect(replies.map(({ status }) => status < 300)).toEqual(links.map(() => true))
  })

  test('was made by a customer that existed then, or by a guest', async () => {
    const customers = new Map((await allV3(store, '/v3/customers')).map(customer => [customer.id, customer]))
    const bought = orders.filter(({ customer_id }) => customer_id !== 0)

    expect(bought.length).toBeGreaterThan(100)
    expect(bought.map(({ billing_address }) => billing_address.email)).toEqual(
      bought.map(({ customer_id }) => customers.get(customer_id).email),
    )
    expect(
      bought.filter(
        ({ customer_id, date_created }) =>
          Date.parse(customers.get(customer_id).date_created) > Date.parse(date_created),
      ),
    ).toEqual([])
  })

  test('was made, shipped and changed in this order, and later than the order before it', () => {
    const created = orders.map(({ date_created }) => Date.parse(date_created))

    expect(created).toEqual([...created].sort((one, other) => one - other))
    expect(
      orders.filter(({ date_created, date_shipped, date_modified }) => {
        const shipped = date_shipped === '' ? Date.parse(date_created) : Date.parse(date_shipped)
        return shipped < Date.parse(date_created) || Date.parse(date_modified) < shipped
      }),
    ).toEqual([])
  })
})

describe('the amounts of an order', () => {
  test('are the sums of its lines', async () => {
    const lines = await under('products?limit=250')

    expect(
      lines.map(own => [sumOf(own, 'total_ex_tax'), sumOf(own, 'total_inc_tax'), sumOf(own, 'total_tax')]),
    ).toEqual(
      orders.map(order => [cents(order.subtotal_ex_tax), cents(order.subtotal_inc_tax), cents(order.subtotal_tax)]),
    )
    expect(lines.map(own => own.reduce((sum, { quantity }) => sum + quantity, 0))).toEqual(
      orders.map(({ items_total }) => items_total),
    )
  })

  test('add up to the total: goods, shipping and fees without the discounts', async () => {
    const fees = await under('fees')

    expect(orders.map(({ total_inc_tax }) => cents(total_inc_tax))).toEqual(
      orders.map(
        (order, at) =>
          cents(order.subtotal_inc_tax, order.shipping_cost_inc_tax) +
          sumOf(fees[at] ?? [], 'cost_inc_tax') -
          cents(order.discount_amount, order.coupon_discount),
      ),
    )
    expect(orders.map(({ total_ex_tax, total_tax }) => cents(total_ex_tax, total_tax))).toEqual(
      orders.map(({ total_inc_tax }) => cents(total_inc_tax)),
    )
    expect(fees.filter(own => own.length > 0).length).toBeGreaterThan(0)
  })

  test('hold the shipping of its addresses, and its coupons', async () => {
    const [addresses, coupons] = [await under('shipping_addresses'), await under('coupons')]

    expect(addresses.map(own => sumOf(own, 'cost_inc_tax'))).toEqual(
      orders.map(({ shipping_cost_inc_tax }) => cents(shipping_cost_inc_tax)),
    )
    expect(addresses.map(own => own.length)).toEqual(orders.map(({ shipping_address_count }) => shipping_address_count))
    expect(coupons.map(own => sumOf(own, 'discount'))).toEqual(
      orders.map(({ coupon_discount }) => cents(coupon_discount)),
    )
    expect(coupons.flat().length).toBeGreaterThan(10)
  })

  test('are taxed as its taxes say, in sum and in detail', async () => {
    const [taxes, details] = [await under('taxes'), await under('taxes?details=true&limit=250')]
    const expected = orders.map(({ total_tax }) => cents(total_tax))

    expect(taxes.map(own => sumOf(own, 'line_amount'))).toEqual(expected)
    expect(details.map(own => sumOf(own, 'line_amount'))).toEqual(expected)
    expect(taxes.flat()[0]).not.toHaveProperty('line_item_type')
    expect(new Set(details.flat().map(({ line_item_type }) => line_item_type))).toEqual(new Set(['item', 'shipping']))
  })

  test('are given back as its lines and its status say', async () => {
    const lines = await under('products?limit=250')
    const refunded = (id: number) => orders.filter(({ status_id }) => status_id === id)

    expect(refunded(4).length * refunded(14).length).toBeGreaterThan(0)
    expect(refunded(4).map(({ refunded_amount }) => refunded_amount)).toEqual(
      refunded(4).map(({ total_inc_tax }) => total_inc_tax),
    )
    expect(refunded(14).map(({ refunded_amount }) => cents(refunded_amount))).toEqual(
      refunded(14).map(order => sumOf(lines[orders.indexOf(order)] ?? [], 'refund_amount')),
    )
    expect(
      orders.filter(({ status_id, refunded_amount }) => ![4, 14].includes(status_id) && cents(refunded_amount) > 0),
    ).toEqual([])
  })
})

describe('the lines of an order', () => {
  test('sell variants that the store has, at their price and under their name', async () => {
    const variants = new Map((await allV3(store, '/v3/catalog/variants?limit=250')).map(one => [one.id, one]))
    const products = new Map((await allV3(store, '/v3/catalog/products?limit=250')).map(one => [one.id, one]))
    const lines = (await under('products?limit=250')).flat()

    expect(
      lines.map(({ variant_id, product_id, sku, base_price, name, type }) => ({
        variant_id,
        product_id,
        sku,
        price: cents(base_price),
        name,
        type,
      })),
    ).toEqual(
      lines.map(({ variant_id, product_id }) => ({
        variant_id,
        product_id: variants.get(variant_id)?.product_id,
        sku: variants.get(variant_id)?.sku,
        price: Math.round(variants.get(variant_id)?.calculated_price * 100),
        name: products.get(product_id)?.name,
        type: products.get(product_id)?.type,
      })),
    )
  })

  test('have ids of their own, and are found by them', async () => {
    const lines = (await under('products?limit=250')).flat()
    const line = lines.find(({ product_options }) => product_options.length > 0)

    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
    expect((await ask(store, `/v2/orders/${line.order_id}/products/${line.id}`)).body).toEqual(line)
    expect(line.product_options[0]).toMatchObject({ order_product_id: line.id, display_value: expect.any(String) })
  })

  test('of a long order need a second page', async () => {
    const { id } = orders.find(({ items_total }) => items_total > 50)
    const pages = await Promise.all([1, 2, 3].map(page => ask(store, `/v2/orders/${id}/products?page=${page}`)))

    expect(pages.map(({ status, body }) => [status, body?.length])).toEqual([
      [200, 50],
      [200, 10],
      [204, undefined],
    ])
  })

  test('go to addresses of the order, digital ones to none', async () => {
    const [lines, addresses] = [await under('products?limit=250'), await under('shipping_addresses')]
    const digital = lines.flat().filter(({ type }) => type === 'digital')

    expect(digital.length).toBeGreaterThan(0)
    expect(digital.filter(({ order_address_id }) => order_address_id !== 0)).toEqual([])
    expect(
      lines.flatMap((own, at) =>
        own.filter(
          ({ type, order_address_id }) =>
            type === 'physical' && !addresses[at]?.some(address => address.id === order_address_id),
        ),
      ),
    ).toEqual([])
  })
})

describe('the shipments of an order', () => {
  test('hold the pieces that its lines, its addresses and the order count as shipped', async () => {
    const shipments = await under('shipments')
    const pieces = shipments.map(own =>
      own.flatMap(({ items }) => items).reduce((sum, { quantity }) => sum + quantity, 0),
    )
    const [lines, addresses] = [await under('products?limit=250'), await under('shipping_addresses')]

    expect(pieces).toEqual(orders.map(({ items_shipped }) => items_shipped))
    expect(pieces).toEqual(lines.map(own => own.reduce((sum, line) => sum + line.quantity_shipped, 0)))
    expect(pieces).toEqual(addresses.map(own => own.reduce((sum, address) => sum + address.items_shipped, 0)))
    expect((await under('shipments/count')).map(count => (count as Body).count)).toEqual(
      shipments.map(own => own.length),
    )
  })

  test('fit the status', () => {
    const partly = orders.filter(({ status_id }) => status_id === 3)
    const open = orders.filter(({ status_id }) => [0, 1, 7, 9, 11].includes(status_id))

    expect(partly.length).toBeGreaterThan(0)
    expect(partly.filter(order => order.items_shipped === 0 || order.date_shipped !== '')).toEqual([])
    expect(open.filter(order => order.items_shipped > 0 || order.date_shipped !== '')).toEqual([])
  })
})

describe('/v2/orders', () => {
  test.each(['sort=id:asc', 'sort=date_created:asc'])('has its own order when asked for %s', async sort => {
    expect(await ids(sort)).toEqual(orders.map(({ id }) => id))
  })

  test('shows the newest first when asked to', async () => {
    expect(await ids('sort=date_created:desc')).toEqual([...orders].reverse().map(({ id }) => id))
  })

  test('filters by ids, totals and dates, bounds included', async () => {
    const [low, high] = [orders[50], orders[90]]

    expect(await ids(`min_id=${low.id}&max_id=${high.id}`)).toEqual(orders.slice(50, 91).map(({ id }) => id))
    expect(
      await ids(
        `min_date_created=${encodeURIComponent(low.date_created)}&max_date_created=${encodeURIComponent(new Date(high.date_created).toISOString())}`,
      ),
    ).toEqual(orders.slice(50, 91).map(({ id }) => id))
    expect(await ids('min_total=100&max_total=200.5')).toEqual(
      idsWhere(({ total_inc_tax }) => Number(total_inc_tax) >= 100 && Number(total_inc_tax) <= 200.5),
    )
    expect(await ids('min_date_modified=2025-01-01T00:00:00Z')).toEqual(
      idsWhere(({ date_modified }) => Date.parse(date_modified) >= Date.UTC(2025, 0, 1)),
    )
  })

  test('filters by what an order holds', async () => {
    const { customer_id } = orders.find(order => order.customer_id !== 0)
    const { cart_id, billing_address } = orders.find(order => order.cart_id !== null)
    const { external_order_id, id } = orders.find(order => order.external_order_id !== '')

    expect(await ids('status_id=11')).toEqual(idsWhere(({ status_id }) => status_id === 11))
    expect(await ids(`customer_id=${customer_id}`)).toEqual(idsWhere(order => order.customer_id === customer_id))
    expect(await ids(`email=${billing_address.email}`)).toEqual(
      idsWhere(order => order.billing_address.email === billing_address.email),
    )
    expect(await ids(`cart_id=${cart_id}`)).toEqual(idsWhere(order => order.cart_id === cart_id))
    expect(await ids('payment_method=PayPal')).toEqual(idsWhere(({ payment_method }) => payment_method === 'PayPal'))
    expect(await ids(`external_order_id=${external_order_id}`)).toEqual([id])
    expect(await ids('channel_id=2')).toEqual([])
  })

  test('shows archived orders only to who asks for them', async () => {
    const archived = (await ask(store, '/v2/orders?is_deleted=true')).body

    expect(orders.filter(({ is_deleted }) => is_deleted)).toEqual([])
    expect(archived.map(({ id, is_deleted }: Body) => [id, is_deleted]).slice(0, 2)).toEqual([
      [124, true],
      [149, true],
    ])
    expect((await ask(store, '/v2/orders/149')).body).toEqual(archived[1])
    expect((await ask(store, '/v2/orders?is_deleted=true&min_id=150')).body[0].id).toBe(174)
  })

  test('includes consignments in an array, as an object when asked, and fees', async () => {
    const path = '/v2/orders/101?include=consignments,fees'
    const { consignments, fees } = (await ask(store, path)).body
    const shaped = (await ask(store, `${path}&consignment_structure=object`)).body

    expect(consignments).toEqual([shaped.consignments])
    expect(shaped.consignments).toEqual((await ask(store, '/v2/orders/101/consignments')).body)
    expect(fees).toEqual((await ask(store, '/v2/orders/101/fees')).body ?? [])
  })

  test('cuts included line items off at fifty, with a warning', async () => {
    const { id } = orders.find(({ items_total }) => items_total > 50)
    const { body } = await ask(store, `/v2/orders/${id}?include=consignments.line_items&consignment_structure=object`)
    const lines = body.consignments.shipping[0].line_items

    expect([lines.length, Object.keys(lines[50])]).toEqual([51, ['__warning__']])
  })

  test('counts the orders by their status', async () => {
    const { body } = await ask(store, '/v2/orders/count')
    const few = await ask(store, '/v2/orders/count?status_id=11')

    expect(body.count).toBe(150)
    expect(body.statuses.map(({ id, count }: Body) => [id, count])).toEqual(
      body.statuses.map(({ id }: Body) => [id, idsWhere(({ status_id }) => status_id === id).length]),
    )
    expect(few.body.count).toBe(idsWhere(({ status_id }) => status_id === 11).length)
  })
})

describe('what else lies under an order', () => {
  test('is messages, which can be filtered', async () => {
    const messages = (await under('messages')).flat()
    const { order_id } = messages.find(({ status }) => status === 'unread')

    const unread = (await ask(store, `/v2/orders/${order_id}/messages?status=unread`)).body

    expect(unread.map(({ status }: Body) => status)).toEqual(['unread'])
    expect((await ask(store, `/v2/orders/${order_id}/messages?min_id=99999`)).status).toBe(204)
  })

  test('is no shipping quote, and 204 says so', async () => {
    const [address] = (await under('shipping_addresses')).flat()
    const order = `/v2/orders/${address.order_id}`

    expect(address.shipping_quotes.resource).toBe(
      `/orders/${address.order_id}/shippingaddresses/${address.id}/shippingquotes`,
    )
    expect((await ask(store, `/v2${address.shipping_quotes.resource}`)).status).toBe(204)
    expect((await ask(store, `${order}/shipping_addresses/99999/shipping_quotes`)).status).toBe(404)
  })
})

describe('the switches', () => {
  test.each([
    ['object', { fees: [expect.objectContaining({ type: 'custom_fee' })] }],
    ['single', expect.objectContaining({ type: 'custom_fee' })],
  ] as const)('make the fees of an order an %s', async (orderFees, expected) => {
    const other = await startSandbox({ products: 150, customers: 80, orders: 150, switches: { orderFees } })
    const { id } = orders[(await under('fees')).findIndex(own => own.length > 0)]
    const { body } = await ask(other, `/v2/orders/${id}/fees`).finally(() => other.close())

    expect(body).toEqual(expected)
  })

  test('make is_deleted a field that is not supported', async () => {
    const other = await startSandbox({ products: 5, switches: { isDeletedFilter: 'unknown' } })
    const { status } = await ask(other, '/v2/orders?is_deleted=true').finally(() => other.close())

    expect(status).toBe(400)
  })
})
