import type { Row } from './collection.ts'
import { firstLineOf, type Order } from './order-draw.ts'
import { sumOf } from './order-money.ts'
import { money } from './v2-forms.ts'

interface Taxed {
  readonly addressId: number
  readonly cents: number
  readonly lineId: number | undefined
}

/** The taxes of an order: a sum for each address, or with details what makes it up. */
export function taxRows(order: Order, isDetailed: boolean): readonly Row[] {
  const taxed: readonly Taxed[] = [
    ...order.lines.map(line => ({ addressId: line.destinationId ?? 0, cents: line.totalTax, lineId: line.id })),
    ...order.destinations.map(({ id, costTax }) => ({ addressId: id, cents: costTax, lineId: undefined })),
  ].filter(({ cents }) => cents > 0)
  if (isDetailed) {
    const first = firstLineOf(order.number) + 2 * order.number + 1
    return taxed.map(({ lineId, ...one }, at) => ({
      ...taxRow(order, first + at, one),
      order_product_id: lineId === undefined ? null : String(lineId),
      line_item_type: lineId === undefined ? 'shipping' : 'item',
    }))
  }
  const addressIds = [...new Set(taxed.map(({ addressId }) => addressId))]
  return addressIds.map((addressId, at) => {
    const cents = sumOf(taxed, one => (one.addressId === addressId ? one.cents : 0))
    return taxRow(order, 3 * order.number + at + 1, { addressId, cents })
  })
}

function taxRow(order: Order, id: number, { addressId, cents }: Omit<Taxed, 'lineId'>): Row {
  return {
    id,
    order_id: order.id,
    order_address_id: addressId,
    tax_rate_id: 1,
    sales_tax_id: '',
    tax_class_id: 0,
    name: 'Tax',
    class: 'Default Tax Class',
    rate: money(order.billing.taxRate),
    priority: 0,
    priority_amount: money(cents),
    line_amount: money(cents),
    order_pickup_method_id: 0,
  }
}
