import type { Address } from '../data/addresses.ts'
import type { Json, Row } from '../data/collection.ts'
import { rfc2822Date } from '../data/dates.ts'
import { firstOrderId, type Order, type OrderedLine } from '../data/order-draw.ts'
import { reckon } from '../data/order-money.ts'
import { orderStatuses } from '../data/order-statuses.ts'
import { orderRow, sums } from '../data/orders.ts'
import { type Change, type Draft, type Ledger, type Refusal, type Rule, refuse } from './change.ts'
import { isRow } from './defaults.ts'

/** What sets the orders apart: sums out of lines, a status out of its number, and an archive instead of an end. */
export const orderRules: { readonly [name: string]: Rule } = {
  orders: { prepare: prepareOrder, removed: archiveOrder, isArchived: true },
}

function prepareOrder(row: Row, draft: Draft): Row | Refusal {
  return draft.old === undefined ? newOrder(draft) : changedOrder(row, draft)
}

/** Fields of a new order that are taken as they were sent. */
const derived = [
  'products',
  'billing_address',
  'shipping_addresses',
  'consignments',
  'coupons',
  'fees',
  'status_id',
  'id',
]

function newOrder({ given, id, change }: Draft): Row | Refusal {
  const { ledger, nowMs } = change
  for (const field of ['products', 'billing_address']) {
    if (given[field] === undefined) return refuse(`The required field '${field}' was not supplied.`, {}, 400)
  }
  const statusId = Number(given['status_id'] ?? 1)
  if (orderStatuses[statusId] === undefined) return refuse("The field 'status_id' is invalid.", {}, 400)
  const lines = linesOf(ledger, given['products'] ?? [])
  if (lines === undefined) return refuse("The field 'products' is invalid.", {}, 400)
  const billing = isRow(given['billing_address']) ? given['billing_address'] : {}
  const number = id - firstOrderId
  const sentTo = rowsOf(given['shipping_addresses'])
  const physical = lines.some(({ isDigital }) => !isDigital)
  const destinations = (sentTo.length > 0 ? sentTo : physical ? [billing] : []).map((address, at) => ({
    id: 2 * number + at + 1,
    address: addressOf(address),
    cost: at === 0 ? centsOf(given['shipping_cost_ex_tax'] ?? given['base_shipping_cost']) : 0,
    costTax: 0,
  }))
  const placed = lines.map(line => ({ ...line, destinationId: line.isDigital ? undefined : destinations[0]?.id }))
  const order: Order = {
    number,
    id,
    isArchived: false,
    statusId,
    createdMs: madeMs(given['date_created'], nowMs),
    modifiedMs: nowMs,
    shippedMs: undefined,
    customerId: Number(given['customer_id'] ?? 0),
    email: textOf(billing['email']),
    billing: addressOf(billing),
    destinations,
    lines: placed,
    discounts: [],
    money: reckon({ lines: placed, shipping: destinations, discounts: [], fee: feeOf(given['fees']) }),
    origin: {
      source: 'external',
      paymentMethod: textOf(given['payment_method']) || 'Manual',
      externalOrderId: textOf(given['external_order_id']),
      customerMessage: textOrNull(given['customer_message']),
      staffNotes: textOrNull(given['staff_notes']),
      ip: textOf(given['ip_address']),
    },
  }
  ledger.records.orders.put(order)
  const shown = orderRow(order, ledger.records.orders.links)
  const taken = Object.entries(given).filter(
    ([name, value]) => !derived.includes(name) && Object.hasOwn(shown, name) && isPlain(value),
  )
  return { ...shown, ...asText(shown, Object.fromEntries(taken)) }
}

/** Money is text in v2, whatever was sent. */
function asText(shown: Row, given: Row): Row {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const isMoney = typeof shown[name] === 'string' && /^-?\d+\.\d{4}$/.test(shown[name])
      if (name.startsWith('date_')) return [name, dateOf(value)]
      return [name, isMoney ? (centsOf(value) / 100).toFixed(4) : value]
    }),
  )
}

function dateOf(value: Json): Json {
  const ms = Date.parse(String(value))
  return Number.isNaN(ms) ? value : rfc2822Date(ms)
}

function isPlain(value: Json): boolean {
  return value === null || typeof value !== 'object'
}

function changedOrder(row: Row, { given, old = {}, id, change }: Draft): Row | Refusal {
  const { orders } = change.ledger.records
  const statusId = Number(row['status_id'])
  const status = orderStatuses[statusId]
  if (status === undefined) return refuse("The field 'status_id' is invalid.", {}, 400)
  const known = orders.find(id)
  const changed = known === undefined ? undefined : changeLines(change.ledger, known, given)
  if (changed === 'invalid') return refuse("The field 'products' is invalid.", {}, 400)
  if (changed !== undefined) orders.put({ ...changed, statusId })
  const { products: _, shipping_addresses: __, consignments: ___, fees: ____, ...plain } = given
  return {
    ...old,
    ...asText(old, plain),
    billing_address: row['billing_address'] ?? {},
    ...(changed === undefined || given['products'] === undefined ? {} : sums(changed)),
    status_id: statusId,
    ...(statusId === old['status_id'] ? {} : { status: status.name, custom_status: status.name }),
    date_modified: rfc2822Date(change.nowMs),
  }
}

/** Lines are changed by their id; a quantity of 0 takes one out, one without an id is added. */
function changeLines(ledger: Ledger, order: Order, given: Row): Order | 'invalid' {
  if (given['products'] === undefined) return order
  const sent = rowsOf(given['products'])
  const fresh = linesOf(
    ledger,
    sent.filter(({ id }) => id === undefined),
  )
  if (fresh === undefined || sent.some(({ id }) => id !== undefined && !order.lines.some(line => line.id === id))) {
    return 'invalid'
  }
  const kept = order.lines.flatMap(line => {
    const change = sent.find(({ id }) => id === line.id)
    if (change === undefined) return [line]
    const quantity = Number(change['quantity'] ?? line.quantity)
    const price = change['price_ex_tax'] === undefined ? line.price : centsOf(change['price_ex_tax'])
    return quantity === 0 ? [] : [priced({ ...line, quantity, price })]
  })
  const lines = [...kept, ...fresh.map(line => ({ ...line, destinationId: order.destinations[0]?.id }))]
  const { money, discounts } = order
  return { ...order, lines, money: reckon({ lines, shipping: order.destinations, discounts, fee: money.fee }) }
}

function linesOf(ledger: Ledger, value: Json): readonly OrderedLine[] | undefined {
  const lines = rowsOf(value).map(sent => lineOf(ledger, sent))
  const whole = lines.filter(line => line !== undefined)
  return Array.isArray(value) && whole.length === lines.length ? whole : undefined
}

function lineOf({ resources, records }: Ledger, sent: Row): OrderedLine | undefined {
  const productId = Number(sent['product_id'] ?? 0)
  const product = productId === 0 ? {} : resources.get('products').shelf.get(productId)?.row
  const name = textOf(sent['name'] ?? product?.['name'])
  if (product === undefined || name === '') return undefined
  const price = centsOf(sent['price_ex_tax'] ?? sent['price_inc_tax'] ?? product['calculated_price'] ?? 0)
  const withTax = sent['price_inc_tax'] === undefined ? price : centsOf(sent['price_inc_tax'])
  return priced({
    id: records.orders.nextLineId(),
    productId,
    variantId: Number(sent['variant_id'] ?? product['base_variant_id'] ?? 0),
    name,
    sku: textOf(sent['sku'] ?? product['sku']),
    upc: textOf(product['upc']),
    isDigital: product['type'] === 'digital',
    quantity: Number(sent['quantity'] ?? 1),
    price,
    tax: Math.max(0, withTax - price),
    cost: centsOf(product['cost_price'] ?? 0),
    weight: Number(product['weight'] ?? 0),
    options: [],
    destinationId: undefined,
    quantityShipped: 0,
    quantityRefunded: 0,
    total: 0,
    totalTax: 0,
    discount: 0,
  })
}

function priced(line: OrderedLine): OrderedLine {
  return { ...line, total: line.price * line.quantity, totalTax: line.tax * line.quantity }
}

function addressOf(row: Row): Address {
  const text = (name: string): string => textOf(row[name])
  return {
    firstName: text('first_name'),
    lastName: text('last_name'),
    company: text('company'),
    street1: text('street_1'),
    street2: text('street_2'),
    city: text('city'),
    state: text('state'),
    postalCode: text('zip'),
    country: text('country'),
    countryCode: text('country_iso2'),
    phone: text('phone'),
    isCommercial: text('company') !== '',
    taxRate: 0,
  }
}

/** A deleted order is only archived: still readable by its id, and in the list of those that are deleted. */
function archiveOrder(row: Row, id: number, { ledger, nowMs }: Change): void {
  ledger.records.orders.archive.add(id, { row: { ...row, is_deleted: true } }, nowMs)
}

function feeOf(value: Json | undefined): number {
  return rowsOf(value).reduce(
    (sum, fee) => sum + centsOf(fee['cost_ex_tax'] ?? fee['base_cost'] ?? fee['cost'] ?? 0),
    0,
  )
}

function centsOf(value: Json | undefined): number {
  return Math.round(Number(value ?? 0) * 100) || 0
}

function madeMs(value: Json | undefined, nowMs: number): number {
  const ms = Date.parse(String(value))
  return Number.isNaN(ms) ? nowMs : ms
}

function rowsOf(value: Json | undefined): readonly Row[] {
  return Array.isArray(value) ? value.filter(isRow) : []
}

function textOf(value: Json | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

function textOrNull(value: Json | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}
