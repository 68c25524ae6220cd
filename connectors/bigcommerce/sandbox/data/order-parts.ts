import type { Json, Row } from './collection.ts'
import { rfc2822Date } from './dates.ts'
import type { Destination, Order, OrderedLine } from './order-draw.ts'
import { sumOf } from './order-money.ts'
import { productRows } from './order-product-rows.ts'
import { addressV2, type Links, money } from './v2-forms.ts'

/** The addresses an order goes to. */
export function addressRows(order: Order, links: Links): readonly Row[] {
  return order.destinations.map(destination => {
    const path = `/orders/${order.id}/shippingaddresses/${destination.id}/shippingquotes`
    return {
      id: destination.id,
      order_id: order.id,
      ...addressV2(destination.address, order.email),
      ...shippingTotals(order, destination),
      ...Object.fromEntries(Object.entries(shippingCosts(destination)).map(([name, cents]) => [name, money(cents)])),
      ...zone(destination),
      shipping_quotes: links(path),
      form_fields: [],
    }
  })
}

function shippingTotals({ lines }: Order, destination: Destination): Row {
  const own = lines.filter(line => line.destinationId === destination.id)
  return {
    items_total: sumOf(own, ({ quantity }) => quantity),
    items_shipped: sumOf(own, ({ quantityShipped }) => quantityShipped),
    shipping_method: destination.cost === 0 ? 'Free Shipping' : 'Flat Rate',
  }
}

/** In cents: addresses show it as text, consignments as a number. */
function shippingCosts({ cost, costTax }: Destination): { readonly [field: string]: number } {
  return {
    base_cost: cost,
    cost_ex_tax: cost,
    cost_inc_tax: cost + costTax,
    cost_tax: costTax,
    base_handling_cost: 0,
    handling_cost_ex_tax: 0,
    handling_cost_inc_tax: 0,
    handling_cost_tax: 0,
  }
}

function zone({ address }: Destination): Row {
  return {
    cost_tax_class_id: 0,
    handling_cost_tax_class_id: 0,
    shipping_zone_id: address.countryCode === 'US' ? 1 : 2,
    shipping_zone_name: address.countryCode === 'US' ? 'United States' : 'Rest of the World',
  }
}

/** The coupons of an order. */
export function couponRows(order: Order): readonly Row[] {
  return order.discounts.flatMap(({ coupon, sum }) =>
    coupon === undefined
      ? []
      : [
          {
            id: order.number + 1,
            coupon_id: coupon.id,
            order_id: order.id,
            code: coupon.code,
            amount: coupon.type === 1 ? coupon.amount.toFixed(4) : money(coupon.amount),
            type: coupon.type,
            // A number, where all other money of v2 is text.
            discount: sum / 100,
          },
        ],
  )
}

/** The fees of an order. */
export function feeRows({ number, money: { fee } }: Order): readonly Row[] {
  if (fee === 0) return []
  return [
    {
      id: number + 1,
      type: 'custom_fee',
      display_name_customer: 'Parcel insurance',
      display_name_merchant: 'Insurance',
      source: 'v2',
      base_cost: money(fee),
      cost_ex_tax: money(fee),
      cost_inc_tax: money(fee),
      cost_tax: money(0),
      tax_class_id: 0,
    },
  ]
}

/** What has been sent: one shipment for each address that something went to. */
export function shipmentRows(order: Order): readonly Row[] {
  return order.destinations.flatMap(destination => {
    const sent = order.lines.filter(line => line.destinationId === destination.id && line.quantityShipped > 0)
    return sent.length === 0 ? [] : [shipmentRow(order, destination, sent)]
  })
}

function shipmentRow(order: Order, destination: Destination, sent: readonly OrderedLine[]): Row {
  return {
    id: destination.id,
    order_id: order.id,
    customer_id: order.customerId,
    order_address_id: destination.id,
    date_created: rfc2822Date(order.shippedMs ?? order.modifiedMs),
    tracking_number: `TRK${1_000_000 + destination.id}`,
    merchant_shipping_cost: money(0),
    shipping_method: destination.cost === 0 ? 'Free Shipping' : 'Flat Rate',
    shipping_provider: '',
    tracking_carrier: '',
    tracking_link: '',
    comments: '',
    billing_address: addressV2(order.billing, order.email),
    shipping_address: addressV2(destination.address, order.email),
    items: sent.map(line => ({
      order_product_id: line.id,
      product_id: line.productId,
      quantity: line.quantityShipped,
    })),
    shipping_provider_display_name: '',
    generated_tracking_link: '',
  }
}

const inlinedLines = 50

/** What goes where. Lines are told by a link, or with `hasLines` written out, 50 at most (bigcommerce/docs#960). */
export function consignments(order: Order, links: Links, hasLines: boolean): Json {
  const products = productRows(order)
  const linesOf = (destinationId: number | undefined): Json => {
    if (!hasLines) return [links(`/orders/${order.id}/products`)]
    const own = products.filter((_, at) => order.lines[at]?.destinationId === destinationId)
    if (own.length <= inlinedLines) return own
    return [...own.slice(0, inlinedLines), { __warning__: `only the first ${inlinedLines} line items are shown` }]
  }
  const isDigital = order.lines.some(line => line.isDigital)
  return {
    pickups: [],
    shipping: order.destinations.map(destination => ({
      id: destination.id,
      ...addressV2(destination.address, order.email),
      form_fields: [],
      line_items: linesOf(destination.id),
      ...shippingTotals(order, destination),
      ...Object.fromEntries(Object.entries(shippingCosts(destination)).map(([name, cents]) => [name, cents / 100])),
      ...zone(destination),
      shipping_quotes: links(`/orders/${order.id}/consignments/shipping/${destination.id}/shipping_quotes`),
    })),
    downloads: isDigital ? [{ recipient_email: order.email, line_items: linesOf(undefined) }] : [],
    email: { gift_certificates: [] },
  }
}
