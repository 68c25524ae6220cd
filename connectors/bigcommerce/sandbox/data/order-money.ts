import type { OrderLine } from './order-lines.ts'
import type { Random } from './random.ts'

/** Money of all pieces of a line, in cents; the total is without tax and before discounts. */
export interface LineMoney {
  readonly total: number
  readonly totalTax: number
  readonly discount: number
}

/** A discount and how it is spread over the lines, in cents. */
export interface Discount {
  /** The id that `applied_discounts` gives it. */
  readonly id: 'coupon' | 'manual-discount'
  readonly name: string
  readonly coupon: Coupon | undefined
  readonly shares: readonly number[]
  readonly sum: number
}

/** A coupon of the store. */
export interface Coupon {
  readonly id: number
  readonly code: string
  /** 1: percent of the goods, 2: off the whole order. */
  readonly type: 1 | 2
  /** Percent or cents. */
  readonly amount: number
}

/** The sums of an order in cents. Shipping and fees are without tax. */
export interface OrderMoney {
  readonly subtotal: number
  readonly subtotalTax: number
  readonly shipping: number
  readonly shippingTax: number
  readonly fee: number
  readonly couponDiscount: number
  readonly manualDiscount: number
  readonly totalTax: number
  readonly total: number
  readonly refunded: number
}

const coupons: readonly [Coupon, Coupon] = [
  { id: 1, code: 'WELCOME10', type: 1, amount: 10 },
  { id: 2, code: 'FIVEOFF', type: 2, amount: 500 },
]

/** Draws the discounts of an order: mostly none. */
export function drawDiscounts(lines: readonly OrderLine[], random: Random): readonly Discount[] {
  const discounts: Discount[] = []
  if (random.chance(15)) {
    const coupon = random.pick(coupons)
    const name = coupon.type === 1 ? `${coupon.amount}% off` : '$5 off'
    discounts.push({ id: 'coupon', name, coupon, ...spread(lines, wanted(lines, coupon)) })
  }
  // Only an order without a coupon, so that discounts never exceed the goods.
  if (discounts.length === 0 && random.chance(4)) {
    const sum = Math.min(300, goodsOf(lines))
    discounts.push({ id: 'manual-discount', name: 'Manual Discount', coupon: undefined, ...spread(lines, sum) })
  }
  return discounts
}

function wanted(lines: readonly OrderLine[], { type, amount }: Coupon): number {
  const goods = goodsOf(lines)
  return type === 1 ? Math.floor((goods * amount) / 100) : Math.min(amount, goods)
}

/** Spreads a sum over lines by what they cost; the last line takes what rounding leaves. */
function spread(lines: readonly OrderLine[], sum: number): Pick<Discount, 'shares' | 'sum'> {
  const goods = goodsOf(lines)
  let left = sum
  const shares = lines.map(({ price, quantity }, at) => {
    const share = at === lines.length - 1 ? left : Math.floor((sum * price * quantity) / goods)
    left -= share
    return share
  })
  return { shares, sum }
}

function goodsOf(lines: readonly OrderLine[]): number {
  return sumOf(lines, ({ price, quantity }) => price * quantity)
}

interface MoneyLine extends LineMoney {
  readonly quantity: number
  readonly quantityRefunded: number
}

interface ShippingCost {
  readonly cost: number
  readonly costTax: number
}

/** What is added up to the sums of an order. */
export interface Bill {
  readonly lines: readonly MoneyLine[]
  readonly shipping: readonly ShippingCost[]
  readonly discounts: readonly Discount[]
  readonly fee: number
}

/**
 * Adds an order up, as the recorded orders of the service do: total = goods + shipping + fees − discounts, each with its
 * tax; discounts do not lower the tax, and fees are free of it.
 */
export function reckon({ lines, shipping, discounts, fee }: Bill): OrderMoney {
  const subtotal = sumOf(lines, line => line.total)
  const subtotalTax = sumOf(lines, line => line.totalTax)
  const shippingCost = sumOf(shipping, ({ cost }) => cost)
  const shippingTax = sumOf(shipping, ({ costTax }) => costTax)
  const off = (id: Discount['id']): number => sumOf(discounts, discount => (discount.id === id ? discount.sum : 0))
  const total = subtotal + shippingCost + fee - off('coupon') - off('manual-discount')
  const totalTax = subtotalTax + shippingTax
  const isWholeRefund = lines.every(({ quantity, quantityRefunded }) => quantityRefunded === quantity)
  return {
    subtotal,
    subtotalTax,
    shipping: shippingCost,
    shippingTax,
    fee,
    couponDiscount: off('coupon'),
    manualDiscount: off('manual-discount'),
    totalTax,
    total,
    refunded: isWholeRefund ? total + totalTax : sumOf(lines, refundOf),
  }
}

/** What was given back for a line. */
export function refundOf({ total, totalTax, discount, quantity, quantityRefunded }: MoneyLine): number {
  return quantityRefunded === 0 ? 0 : Math.round(((total + totalTax - discount) * quantityRefunded) / quantity)
}

/** A sum over items. */
export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
