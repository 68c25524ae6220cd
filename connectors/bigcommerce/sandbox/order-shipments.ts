import { type Answer, errorV2, json, noContent, notFound } from './answer.ts'
import type { Json, Row } from './data/collection.ts'
import { rfc2822Date } from './data/dates.ts'
import type { Order } from './data/order-draw.ts'
import { addressRows, shipmentRows } from './data/order-parts.ts'
import { orderStatuses } from './data/order-statuses.ts'
import { type OrderRecords, sums } from './data/orders.ts'
import type { Overlay } from './data/overlay.ts'
import type { Respond, Route, RoutedRequest } from './router.ts'

interface ShipmentWrites {
  readonly write: NonNullable<Route['write']>
  readonly writeItem: NonNullable<Route['write']>
}

/** How shipments of an order are written. What is shipped moves the quantities of the lines and the status. */
export function shipmentWrites(records: OrderRecords, orders: Overlay): ShipmentWrites {
  const shelf: Shelf = { records, orders }
  const nextId = { last: 1_000_000 }
  return {
    write: {
      POST: withOrder(records, (order, request) => ship(shelf, order, request, nextId)),
      DELETE: withOrder(records, order => unship(shelf, order, shipmentsOf(records, order))),
    },
    writeItem: {
      PUT: withOrder(records, (order, request) => changeShipment(records, order, request)),
      DELETE: withOrder(records, (order, { ids }) => {
        const gone = shipmentsOf(records, order).filter(({ id }) => id === ids[1])
        return gone.length === 0 ? notFound('v2') : unship(shelf, order, gone)
      }),
    },
  }
}

interface Shelf {
  readonly records: OrderRecords
  readonly orders: Overlay
}

function withOrder({ find }: OrderRecords, respond: (order: Order, request: RoutedRequest) => Answer): Respond {
  return request => {
    const order = find(request.ids[0] ?? 0)
    return order === undefined ? notFound('v2') : respond(order, request)
  }
}

function shipmentsOf({ lists }: OrderRecords, order: Order): readonly Row[] {
  return lists.get(order.id, 'shipments') ?? shipmentRows(order)
}

function ship({ records, orders }: Shelf, order: Order, request: RoutedRequest, nextId: { last: number }): Answer {
  const sent = rowOf(request.body)
  const items = itemsOf(sent)
  const destination = order.destinations.find(({ id }) => id === sent['order_address_id'])
  if (destination === undefined) return errorV2(400, "The field 'order_address_id' is invalid.")
  if (items.length === 0) return errorV2(400, "The required field 'items' was not supplied.")
  const isTooMuch = items.some(({ lineId, quantity }) => {
    const line = order.lines.find(({ id }) => id === lineId)
    return line === undefined || quantity < 1 || line.quantityShipped + quantity > line.quantity
  })
  if (isTooMuch) return errorV2(400, "The field 'items' is invalid.")
  const moved = move(order, items, 1, request.tools.now.getTime())
  const row = {
    ...shipmentRows(moved)[0],
    tracking_number: '',
    ...sent,
    id: ++nextId.last,
    date_created: rfc2822Date(request.tools.now.getTime()),
    items: items.map(({ lineId, quantity }) => ({
      order_product_id: lineId,
      product_id: order.lines.find(({ id }) => id === lineId)?.productId ?? 0,
      quantity,
    })),
  }
  const before = shipmentsOf(records, order)
  keep({ records, orders }, moved)
  records.lists.put(order.id, 'shipments', [...before, row])
  return json(201, row)
}

function unship({ records, orders }: Shelf, order: Order, gone: readonly Row[]): Answer {
  const left = shipmentsOf(records, order).filter(row => !gone.some(({ id }) => id === row['id']))
  keep(
    { records, orders },
    gone.reduce((state, row) => move(state, itemsOf(row), -1, state.modifiedMs), order),
  )
  records.lists.put(order.id, 'shipments', left)
  return noContent()
}

function changeShipment(records: OrderRecords, order: Order, { ids, body }: RoutedRequest): Answer {
  const all = shipmentsOf(records, order)
  const known = all.find(({ id }) => id === ids[1])
  if (known === undefined) return notFound('v2')
  const { id: _, items: __, ...sent } = rowOf(body)
  const row = { ...known, ...sent }
  records.lists.put(
    order.id,
    'shipments',
    all.map(one => (one === known ? row : one)),
  )
  return json(200, row)
}

interface Item {
  readonly lineId: number
  readonly quantity: number
}

function itemsOf(row: Row): readonly Item[] {
  const items: Json = row['items'] ?? []
  return (Array.isArray(items) ? items : []).map(item => {
    const { order_product_id: lineId, quantity } = rowOf(item)
    return { lineId: Number(lineId), quantity: Number(quantity) }
  })
}

function move(order: Order, items: readonly Item[], sign: 1 | -1, nowMs: number): Order {
  const lines = order.lines.map(line => {
    const item = items.find(({ lineId }) => lineId === line.id)
    return item === undefined ? line : { ...line, quantityShipped: line.quantityShipped + sign * item.quantity }
  })
  const goods = lines.filter(({ isDigital }) => !isDigital)
  const isAll = goods.every(({ quantity, quantityShipped }) => quantity === quantityShipped)
  const isSome = goods.some(({ quantityShipped }) => quantityShipped > 0)
  const statusId = isAll ? 2 : isSome ? 3 : 11
  return { ...order, lines, statusId, modifiedMs: nowMs, shippedMs: isAll ? nowMs : undefined }
}

function keep({ records, orders }: Shelf, order: Order): void {
  records.put(order)
  const known = orders.get(order.id)
  if (known === undefined) return
  const status = orderStatuses[order.statusId]?.name ?? ''
  orders.replace(order.id, {
    ...known,
    row: {
      ...known.row,
      items_shipped: sums(order)['items_shipped'] ?? 0,
      status_id: order.statusId,
      status,
      custom_status: status,
      date_shipped: order.shippedMs === undefined ? '' : rfc2822Date(order.shippedMs),
    },
  })
}

/** How a shipping address of an order is changed: field by field. */
export function changeAddress(records: OrderRecords): Respond {
  return withOrder(records, (order, { ids, body }) => {
    const all = records.lists.get(order.id, 'shipping_addresses') ?? addressRows(order, records.links)
    const known = all.find(({ id }) => id === ids[1])
    if (known === undefined) return notFound('v2')
    const { id: _, order_id: __, ...sent } = rowOf(body)
    const row = { ...known, ...sent }
    records.lists.put(
      order.id,
      'shipping_addresses',
      all.map(one => (one === known ? row : one)),
    )
    return json(200, row)
  })
}

function rowOf(value: unknown): Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Row) : {} // JSON was parsed
}
