import type { Row } from './collection.ts'
import type { Order, OrderedLine } from './order-draw.ts'
import { refundOf } from './order-money.ts'
import { money } from './v2-forms.ts'

/** The lines of an order as `/v2/orders/{id}/products` shows them. */
export function productRows(order: Order): readonly Row[] {
  return order.lines.map((line, at) => ({
    id: line.id,
    order_id: order.id,
    product_id: line.productId,
    variant_id: line.variantId,
    order_pickup_method_id: 0,
    order_address_id: line.destinationId ?? 0,
    name: line.name,
    name_customer: line.name,
    name_merchant: line.name,
    sku: line.sku,
    upc: line.upc,
    type: line.isDigital ? 'digital' : 'physical',
    ...amounts(line),
    ...goods(line),
    ...fate(line),
    ...empty(),
    applied_discounts: appliedDiscounts(order, at),
    product_options: line.options.map((option, position) => optionRow(line, option, position)),
    configurable_fields: [],
  }))
}

function amounts(line: OrderedLine): Row {
  const withTax = line.total + line.totalTax
  return {
    base_price: money(line.price),
    price_ex_tax: money(line.price),
    price_inc_tax: money(line.price + line.tax),
    price_tax: money(line.tax),
    base_total: money(line.total),
    total_ex_tax: money(line.total),
    total_inc_tax: money(withTax),
    total_tax: money(line.totalTax),
    discounted_total_inc_tax: money(withTax - line.discount),
    quantity: line.quantity,
    base_cost_price: money(line.cost),
    cost_price_inc_tax: money(line.cost),
    cost_price_ex_tax: money(line.cost),
    cost_price_tax: money(0),
  }
}

function goods({ weight }: OrderedLine): Row {
  return { weight: weight.toFixed(4), width: '0.0000', height: '0.0000', depth: '0.0000' }
}

function fate(line: OrderedLine): Row {
  return {
    is_refunded: line.quantityRefunded === line.quantity,
    quantity_refunded: line.quantityRefunded,
    refund_amount: money(refundOf(line)),
    return_id: 0,
    quantity_shipped: line.quantityShipped,
  }
}

/** What the sandbox has nothing to say of, as the service says nothing: null here, an empty text there. */
function empty(): Row {
  return {
    wrapping_id: 0,
    wrapping_name: '',
    base_wrapping_cost: money(0),
    wrapping_cost_ex_tax: money(0),
    wrapping_cost_inc_tax: money(0),
    wrapping_cost_tax: money(0),
    wrapping_message: '',
    event_name: null,
    event_date: null,
    fixed_shipping_cost: money(0),
    ebay_item_id: '',
    ebay_transaction_id: '',
    option_set_id: null,
    parent_order_product_id: null,
    is_bundled_product: false,
    bin_picking_number: '',
    external_id: null,
    fulfillment_source: '',
    brand: '',
    gift_certificate_id: null,
  }
}

function appliedDiscounts({ discounts }: Order, at: number): readonly Row[] {
  return discounts.map(({ id, name, coupon, shares }) => ({
    id,
    amount: money(shares[at] ?? 0),
    name,
    code: coupon?.code ?? null,
    target: 'order',
  }))
}

function optionRow(line: OrderedLine, option: Row, position: number): Row {
  const name = option['option_display_name'] ?? ''
  const label = option['label'] ?? ''
  return {
    id: line.id * 10 + position,
    option_id: option['option_id'] ?? 0,
    order_product_id: line.id,
    product_option_id: option['option_id'] ?? 0,
    display_name: name,
    display_name_customer: name,
    display_name_merchant: name,
    display_value: label,
    display_value_customer: label,
    display_value_merchant: label,
    value: String(option['id']),
    type: 'Multiple choice',
    name,
    display_style: '',
  }
}
