import type { Collection, Row } from './collection.ts'
import { kinds, type Random, randomOf } from './random.ts'
import { type ProductLookup, variantsOf } from './variants.ts'

/** One line of an order. Money is in cents and of one piece, where the name does not say otherwise. */
export interface OrderLine {
  readonly id: number
  /** 0: nothing of the catalogue, as in an order that the merchant wrote by hand. */
  readonly productId: number
  readonly variantId: number
  readonly name: string
  readonly sku: string
  readonly upc: string
  readonly isDigital: boolean
  readonly quantity: number
  readonly price: number
  readonly tax: number
  readonly cost: number
  readonly weight: number
  readonly options: readonly Row[]
}

/** What a line is made of besides itself. */
export interface LineSource {
  readonly seed: number
  readonly products: ProductLookup
  readonly variants: Collection
}

/** Draws the line at a position of all lines of the store. */
export function drawLine(source: LineSource, at: number, { taxRate, isSingle }: LineTerms): OrderLine {
  const random = randomOf(source.seed, kinds.orderLine, at)
  const goods = drawGoods(source, random)
  return {
    id: at + 1,
    ...goods,
    quantity: isSingle || random.chance(70) ? 1 : random.int(2, 4),
    tax: Math.round((goods.price * taxRate) / 10_000),
  }
}

/** What the order says of its lines. */
export interface LineTerms {
  /** In hundredths of a percent. */
  readonly taxRate: number
  /** A piece of each: so a very long order. */
  readonly isSingle: boolean
}

type Goods = Omit<OrderLine, 'id' | 'quantity' | 'tax'>

function drawGoods({ products, variants }: LineSource, random: Random): Goods {
  if (products.size === 0) return customGoods(random)
  const index = random.int(0, products.size - 1)
  const { from, to } = variantsOf(index)
  const facts = products.factsAt(index)
  const variant = variants.make(random.int(from, to - 1))
  return {
    productId: facts.id,
    variantId: Number(variant['id']),
    name: facts.name,
    sku: String(variant['sku']),
    upc: String(variant['upc']),
    isDigital: facts.isDigital,
    price: cents(Number(variant['calculated_price'])),
    cost: cents(facts.costPrice),
    weight: facts.weight,
    options: variant['option_values'] as readonly Row[], // the variants make it of rows
  }
}

function customGoods(random: Random): Goods {
  const price = random.int(500, 20_000)
  return {
    productId: 0,
    variantId: 0,
    name: 'Custom work',
    sku: '',
    upc: '',
    isDigital: false,
    price,
    cost: 0,
    weight: 1,
    options: [],
  }
}

function cents(amount: number): number {
  return Math.round(amount * 100)
}
