import { type Answer, json, noContent, notFound } from './answer.ts'
import type { Row } from './data/collection.ts'
import type { Order } from './data/order-draw.ts'
import { messageRows } from './data/order-message-rows.ts'
import { addressRows, consignments, couponRows, feeRows, shipmentRows } from './data/order-parts.ts'
import { productRows } from './data/order-product-rows.ts'
import { orderStatusRows } from './data/order-statuses.ts'
import { taxRows } from './data/order-tax-rows.ts'
import type { OrderRecords } from './data/orders.ts'
import type { Overlay } from './data/overlay.ts'
import { boundFilters, type Filters, fieldFilters, idFilter } from './filter.ts'
import { bareArray, itemV2, listV2, rowCollection, unsupportedField } from './list-v2.ts'
import { orderCount, orderItem, orderList } from './order-list.ts'
import { changeAddress, shipmentWrites } from './order-shipments.ts'
import { lastValue, listOf } from './query.ts'
import { unemulated } from './route-kinds.ts'
import type { Respond, Route, RoutedRequest } from './router.ts'

const scopes = ['store_v2_orders']
const read = ['GET']

/** The routes of the orders and of what lies under an order. */
export function orderRoutes(records: OrderRecords, orders: Overlay): readonly Route[] {
  const sent = shipmentWrites(records, orders)
  const moved = { PUT: changeAddress(records) }
  const addresses = (order: Order): readonly Row[] => addressRows(order, records.links)
  return [
    route('/orders', ['GET', 'POST', 'DELETE'], orderList(records)),
    route('/orders/count', read, orderCount(records)),
    route('/orders/{id}', ['GET', 'PUT', 'DELETE'], orderItem(records)),
    ...statusRoutes(),
    ...subRoutes(records, { path: 'products', rows: productRows, itemMethods: read }),
    ...subRoutes(records, {
      path: 'shipping_addresses',
      rows: addresses,
      itemMethods: ['GET', 'PUT'],
      writeItem: moved,
    }),
    // So the links of orders and addresses write it.
    ...subRoutes(records, {
      path: 'shippingaddresses',
      rows: addresses,
      itemMethods: ['GET', 'PUT'],
      writeItem: moved,
    }),
    ...subRoutes(records, { path: 'coupons', rows: couponRows }),
    ...subRoutes(records, { ...shipments, rows: shipmentRows, ...sent }),
    ...subRoutes(records, { path: 'taxes', rows: taxes, controls: ['details'] }),
    ...subRoutes(records, { path: 'messages', rows: messageRows, filters: messageFilters }),
    under(records, 'shipments/count', order =>
      json(200, { count: (records.lists.get(order.id, 'shipments') ?? shipmentRows(order)).length }),
    ),
    under(records, 'fees', fees),
    under(records, 'consignments', consignmentsOf(records), ['include']),
    quotes(records, 'shipping_addresses/{id}/shipping_quotes'),
    quotes(records, 'shippingaddresses/{id}/shippingquotes'),
    quotes(records, 'consignments/shipping/{id}/shipping_quotes'),
  ]
}

function route(path: string, methods: readonly string[], get: Respond): Route {
  return { ...unemulated('v2', path, methods, scopes), get }
}

function statusRoutes(): readonly Route[] {
  const rows = orderStatusRows()
  const statuses = rowCollection('order-statuses', rows)
  return [
    route('/order_statuses', read, ({ query }) => {
      const unknown = query.find(([name]) => name !== '')
      return unknown === undefined ? bareArray(rows) : unsupportedField(unknown[0])
    }),
    route('/order_statuses/{id}', read, ({ ids: [id = -1], query, tools }) => itemV2(statuses, id, query, tools)),
  ]
}

/** A list under an order, and when there are methods for one, the route of one of its records. */
interface SubList {
  readonly path: string
  rows(order: Order, request: RoutedRequest): readonly Row[]
  readonly filters?: Filters
  readonly controls?: readonly string[]
  readonly listMethods?: readonly string[]
  readonly itemMethods?: readonly string[]
  readonly write?: Route['write']
  readonly writeItem?: Route['write']
}

const shipments = {
  path: 'shipments',
  listMethods: ['GET', 'POST', 'DELETE'],
  itemMethods: ['GET', 'PUT', 'DELETE'],
} as const

const messageFilters: Filters = {
  min_id: idFilter('id', 'min'),
  max_id: idFilter('id', 'max'),
  ...boundFilters('date_created', 'date'),
  ...fieldFilters('customer_id', 'integer', 'eq'),
  ...fieldFilters('is_flagged', 'boolean', 'eq'),
  ...fieldFilters('status', 'choice', 'eq'),
}

function subRoutes({ find, lists }: OrderRecords, list: SubList): readonly Route[] {
  const { path, rows, filters = {}, controls = [], listMethods = read, itemMethods } = list
  const name = (id: number, request: RoutedRequest): string =>
    `${path}-${id}-${lists.version()}-${lastValue(request.query, 'details')}`
  const kept = path.replace('shippingaddresses', 'shipping_addresses')
  const rowsOf = (order: Order, request: RoutedRequest): readonly Row[] =>
    lists.get(order.id, kept) ?? rows(order, request)
  const whole: Respond = request => {
    const order = find(request.ids[0] ?? 0)
    if (order === undefined) return notFound('v2')
    const collection = rowCollection(name(order.id, request), rowsOf(order, request))
    return listV2({ collection, filters, controls: ['page', 'limit', ...controls] }, request.query, request.tools)
  }
  const one: Respond = request => {
    const order = find(request.ids[0] ?? 0)
    if (order === undefined) return notFound('v2')
    const collection = rowCollection(name(order.id, request), rowsOf(order, request))
    return itemV2(collection, request.ids[1] ?? 0, request.query, request.tools)
  }
  const listed = { ...route(`/orders/{id}/${path}`, listMethods, whole), write: list.write ?? {} }
  if (itemMethods === undefined) return [listed]
  return [listed, { ...route(`/orders/{id}/${path}/{id}`, itemMethods, one), write: list.writeItem ?? {} }]
}

function taxes(order: Order, { query }: RoutedRequest): readonly Row[] {
  return taxRows(order, lastValue(query, 'details') === 'true')
}

/** A route under an order that is no paged list. */
function under(
  { find }: OrderRecords,
  path: string,
  answer: (order: Order, request: RoutedRequest) => Answer,
  known: readonly string[] = [],
): Route {
  return route(`/orders/{id}/${path}`, read, request => {
    const unknown = request.query.find(([name]) => name !== '' && !known.includes(name))
    if (unknown !== undefined) return unsupportedField(unknown[0])
    const order = find(request.ids[0] ?? 0)
    return order === undefined ? notFound('v2') : answer(order, request)
  })
}

/** The document declares one fee and shows `{fees:[…]}`; nobody has recorded an answer. */
function fees(order: Order, { tools }: RoutedRequest): Answer {
  const rows = feeRows(order)
  switch (tools.switches.orderFees) {
    case 'array':
      return bareArray(rows)
    case 'object':
      return json(200, { fees: rows })
    case 'single':
      return rows[0] === undefined ? noContent() : json(200, rows[0])
  }
}

function consignmentsOf({ links }: OrderRecords): (order: Order, request: RoutedRequest) => Answer {
  return (order, { query }) =>
    json(200, consignments(order, links, listOf(query, 'include').includes('consignments.line_items')))
}

/** No quote is ever kept, and the service says so with 204. */
function quotes(records: OrderRecords, path: string): Route {
  return under(records, path, ({ destinations }, { ids: [, id] }) =>
    destinations.some(destination => destination.id === id) ? noContent() : notFound('v2'),
  )
}
