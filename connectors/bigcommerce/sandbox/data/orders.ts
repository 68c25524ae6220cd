import { type Collection, type Ids, type Json, type Part, type Row, risingIds } from './collection.ts'
import { rfc2822Date } from './dates.ts'
import {
  archivedAfter,
  drawOrder,
  firstLineOf,
  firstOrderId,
  type Order,
  type OrderSource,
  orderMadeMs,
} from './order-draw.ts'
import { sumOf } from './order-money.ts'
import { consignments, feeRows } from './order-parts.ts'
import { orderStatuses } from './order-statuses.ts'
import { createOverlay, type Overlay } from './overlay.ts'
import { addressV2, type Links, money } from './v2-forms.ts'

/** The orders of a store. Archived ones have their ids between those of the others, and lists of their own. */
export interface OrderRecords {
  readonly orders: Collection
  readonly archivedOrders: Collection
  /** Orders that were archived since the store was started; their ids may lie anywhere. */
  readonly archive: Overlay
  /** The order of that id, archived or not. */
  find(id: number): Order | undefined
  /** Takes the place of what was drawn, or adds an order that was not. */
  put(order: Order): void
  /** A list below an order that was written, not derived from the order. */
  readonly lists: OrderLists
  readonly links: Links
  /** The id of the next line of an order that is added. */
  nextLineId(): number
}

/** Lists below orders that are no longer what the order says. */
export interface OrderLists {
  get(orderId: number, list: string): readonly Row[] | undefined
  put(orderId: number, list: string, rows: readonly Row[]): void
  /** To be called when the orders that other lists are derived from have changed. */
  touch(): void
  /** Rises with every change. */
  version(): number
}

/** The orders that can be made of those goods and customers; `orders` does not count the archived ones. */
export function createOrders(source: Omit<OrderSource, 'size'>, orders: number, links: Links): OrderRecords {
  const archived = orders === 0 ? 0 : Math.floor((orders - 1) / archivedAfter)
  const whole = { ...source, size: orders + archived }
  const written = new Map<number, Order>()
  const find = (id: number): Order | undefined => {
    const number = id - firstOrderId
    return written.get(id) ?? (number >= 0 && number < whole.size ? drawOrder(whole, number) : undefined)
  }
  const lists = createOrderLists()
  let lineId = firstLineOf(whole.size)
  const collection = (name: string, size: number, ids: Ids): Collection => ({
    name,
    size,
    keyField: 'id',
    ...ids,
    make: index => orderRow(drawOrder(whole, ids.idAt(index) - firstOrderId), links),
    madeMs: index => orderMadeMs(whole, ids.idAt(index) - firstOrderId),
    parts: orderParts(find, links),
    shapedBy: 'consignment_structure',
  })
  return {
    orders: collection('orders', orders, risingIds(orders, firstOrderId, archivedAfter)),
    archivedOrders: collection('archived-orders', archived, archivedIds(archived)),
    archive: createOverlay({
      ...collection('newly-archived-orders', 0, risingIds(0, 1)),
      parts: orderParts(find, links),
    }),
    find,
    put: order => {
      written.set(order.id, order)
      lists.touch()
    },
    lists,
    links,
    nextLineId: () => ++lineId,
  }
}

function createOrderLists(): OrderLists {
  const rows = new Map<string, readonly Row[]>()
  let version = 0
  return {
    get: (orderId, list) => rows.get(`${orderId}/${list}`),
    put: (orderId, list, written) => {
      version++
      rows.set(`${orderId}/${list}`, written)
    },
    touch: () => {
      version++
    },
    version: () => version,
  }
}

/** The ids that the others leave out. */
function archivedIds(size: number): Ids {
  const every = archivedAfter + 1
  const first = firstOrderId + archivedAfter
  return {
    idAt: index => first + index * every,
    lowerBound: id => Math.min(Math.max(Math.ceil((id - first) / every), 0), size),
  }
}

function orderParts(orderOf: (id: number) => Order | undefined, links: Links): { readonly [name: string]: Part } {
  // Without the parameter the service puts the object into an array, as it did before there were several kinds.
  const shaped: Part = {
    field: 'consignments',
    make: (_, { id }, { includes, shape }): Json => {
      const order = orderOf(Number(id))
      if (order === undefined) return []
      const made = consignments(order, links, includes.includes('consignments.line_items'))
      return shape === 'object' ? made : [made]
    },
  }
  return {
    consignments: shaped,
    'consignments.line_items': shaped,
    fees: { field: 'fees', make: (_, { id }) => feeRowsOf(orderOf(Number(id))) },
  }
}

function feeRowsOf(order: Order | undefined): readonly Row[] {
  return order === undefined ? [] : feeRows(order)
}

/** An order as `/v2/orders` shows it. */
export function orderRow(order: Order, links: Links): Row {
  const path = `/orders/${order.id}`
  return {
    id: order.id,
    customer_id: order.customerId,
    ...states(order),
    ...sums(order),
    ...payment(order),
    ...currency(),
    ...texts(order),
    shipping_address_count: order.destinations.length,
    is_deleted: order.isArchived,
    ebay_order_id: '0',
    billing_address: { ...addressV2(order.billing, order.email), form_fields: [] },
    is_email_opt_in: order.number % 5 === 0,
    credit_card_type: null,
    channel_id: 1,
    consignments: links(`${path}/consignments`),
    products: links(`${path}/products`),
    // Recorded answers and the document write this path without the underscore; both are routes.
    shipping_addresses: links(`${path}/shippingaddresses`),
    coupons: links(`${path}/coupons`),
    fees: links(`${path}/fees`),
  }
}

function states({ createdMs, modifiedMs, shippedMs, statusId }: Order): Row {
  const name = orderStatuses[statusId]?.name ?? ''
  return {
    date_created: rfc2822Date(createdMs),
    date_modified: rfc2822Date(modifiedMs),
    date_shipped: shippedMs === undefined ? '' : rfc2822Date(shippedMs),
    status_id: statusId,
    status: name,
    custom_status: name,
  }
}

/** The sums of an order, as they stand in its record. */
export function sums({ money: sum, lines }: Order): Row {
  return {
    subtotal_ex_tax: money(sum.subtotal),
    subtotal_inc_tax: money(sum.subtotal + sum.subtotalTax),
    subtotal_tax: money(sum.subtotalTax),
    base_shipping_cost: money(sum.shipping),
    ...taxed('shipping_cost', sum.shipping, sum.shippingTax),
    base_handling_cost: money(0),
    ...taxed('handling_cost', 0, 0),
    base_wrapping_cost: money(0),
    ...taxed('wrapping_cost', 0, 0),
    total_ex_tax: money(sum.total),
    total_inc_tax: money(sum.total + sum.totalTax),
    total_tax: money(sum.totalTax),
    items_total: sumOf(lines, ({ quantity }) => quantity),
    items_shipped: sumOf(lines, ({ quantityShipped }) => quantityShipped),
    discount_amount: money(sum.manualDiscount),
    coupon_discount: money(sum.couponDiscount),
    refunded_amount: money(sum.refunded),
    store_credit_amount: money(0),
    gift_certificate_amount: money(0),
  }
}

function taxed(name: string, cost: number, tax: number): Row {
  return {
    [`${name}_ex_tax`]: money(cost),
    [`${name}_inc_tax`]: money(cost + tax),
    [`${name}_tax`]: money(tax),
    [`${name}_tax_class_id`]: 0,
  }
}

const paymentStatuses: { readonly [statusId: number]: string } = {
  0: '',
  1: 'pending',
  4: 'refunded',
  5: 'void',
  6: 'declined',
  7: 'pending',
  12: 'held for review',
  14: 'partially refunded',
}

function payment({ statusId, origin, lines, number }: Order): Row {
  return {
    payment_method: origin.paymentMethod,
    payment_provider_id: origin.paymentMethod === 'Credit Card' ? String(number + 1) : null,
    payment_status: paymentStatuses[statusId] ?? 'captured',
    order_is_digital: lines.every(({ isDigital }) => isDigital),
    tax_provider_id: 'BasicTaxProvider',
    is_tax_inclusive_pricing: false,
  }
}

function currency(): Row {
  return {
    currency_id: 1,
    currency_code: 'USD',
    currency_exchange_rate: '1.0000000000',
    default_currency_id: 1,
    default_currency_code: 'USD',
    store_default_currency_code: 'USD',
    store_default_to_transactional_exchange_rate: '1.0000000000',
  }
}

function texts({ origin, billing, number }: Order): Row {
  const isFromStorefront = origin.source === 'www' || origin.source === 'mobile'
  return {
    order_source: origin.source,
    cart_id: isFromStorefront ? `9d2c4b1e-7a3f-4e58-8c06-${number.toString(16).padStart(12, '0')}` : null,
    ip_address: origin.ip,
    ip_address_v6: '',
    geoip_country: origin.ip === '' ? '' : billing.country,
    geoip_country_iso2: origin.ip === '' ? '' : billing.countryCode,
    staff_notes: origin.staffNotes,
    customer_message: origin.customerMessage,
    customer_locale: 'en',
    external_source: null,
    external_id: null,
    external_merchant_id: null,
    external_order_id: origin.externalOrderId,
  }
}
