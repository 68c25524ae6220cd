import type { Row } from './collection.ts'
import { rfc2822Date } from './dates.ts'
import type { Order } from './order-draw.ts'
import { kinds, randomOf } from './random.ts'
import { comments } from './words.ts'

/** What was written about an order. */
export function messageRows(order: Order): readonly Row[] {
  const count = order.customerId === 0 ? 0 : ([0, 0, 1, 0, 0, 2, 0, 0, 0, 0][order.number % 10] ?? 0)
  return Array.from({ length: count }, (_, at) => ({
    id: 2 * order.number + at + 1,
    order_id: order.id,
    staff_id: at === 0 ? null : 1,
    customer_id: order.customerId,
    type: at === 0 ? 'customer' : 'admin',
    subject: `Order #${order.id}`,
    message: randomOf(0, kinds.message, order.number + at).pick(comments),
    status: at === 0 ? 'read' : 'unread',
    is_flagged: order.number % 4 === 0,
    date_created: rfc2822Date(order.createdMs + (at + 1) * 7_200_000),
    customer: {},
  }))
}
