import type { Row } from './collection.ts'

/** A status of an order; `weight` is how often it is drawn, `rank` its place in the list of `/v2/orders/count`. */
interface OrderStatus {
  readonly name: string
  readonly description: string
  readonly weight: number
  readonly rank: number
}

/** The statuses by their id. The texts are ours, the names are the service's. */
export const orderStatuses: readonly OrderStatus[] = [
  { name: 'Incomplete', description: 'The shopper came to the payment and left.', weight: 5, rank: 0 },
  { name: 'Pending', description: 'The checkout was begun and not ended.', weight: 3, rank: 1 },
  { name: 'Shipped', description: 'Everything has left the house.', weight: 24, rank: 8 },
  { name: 'Partially Shipped', description: 'Some of it has left the house.', weight: 4, rank: 6 },
  { name: 'Refunded', description: 'All of the money was given back.', weight: 2, rank: 11 },
  { name: 'Cancelled', description: 'The seller has called it off.', weight: 3, rank: 9 },
  { name: 'Declined', description: 'The payment was not accepted.', weight: 2, rank: 10 },
  { name: 'Awaiting Payment', description: 'Ordered, and not paid yet.', weight: 5, rank: 2 },
  { name: 'Awaiting Pickup', description: 'Packed, and waiting for the shopper.', weight: 2, rank: 5 },
  { name: 'Awaiting Shipment', description: 'Packed, and waiting for the carrier.', weight: 5, rank: 4 },
  { name: 'Completed', description: 'Delivered and paid.', weight: 27, rank: 7 },
  { name: 'Awaiting Fulfillment', description: 'Paid, and not packed yet.', weight: 14, rank: 3 },
  { name: 'Manual Verification Required', description: 'Someone has to look at it first.', weight: 1, rank: 13 },
  { name: 'Disputed', description: 'The shopper disputes the payment.', weight: 1, rank: 12 },
  { name: 'Partially Refunded', description: 'A part of the money was given back.', weight: 2, rank: 14 },
]

/** The ids as often as they are to be drawn. */
export const drawnStatusIds: readonly number[] = orderStatuses.flatMap(({ weight }, id) =>
  Array.from({ length: weight }, () => id),
)

/** The statuses as `/v2/order_statuses` shows them, by id. */
export function orderStatusRows(): readonly Row[] {
  return orderStatuses.map(({ name, description }, id) => ({
    id,
    name,
    system_label: name,
    custom_label: name,
    system_description: description,
  }))
}
