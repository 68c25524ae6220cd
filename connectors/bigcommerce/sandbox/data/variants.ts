import { type Collection, type Json, type Range, type Row, risingIds } from './collection.ts'
import { createFan } from './fan.ts'
import { calculatedPrice, type ProductFacts, type ProductStock } from './products.ts'
import { kinds, randomOf } from './random.ts'
import { colours, sizes } from './words.ts'

/** Of ten products seven have only their base variant; the others come in colours, or in sizes and colours. */
const variantFan = createFan([1, 1, 1, 4, 1, 1, 6, 1, 2, 1])
const optionFan = createFan([0, 0, 0, 1, 0, 0, 2, 0, 1, 0])
const valueFan = createFan([0, 0, 0, 4, 0, 0, 5, 0, 2, 0])

interface OptionValue {
  readonly id: number
  readonly label: string
}

interface ProductOption {
  readonly id: number
  readonly name: string
  readonly values: readonly OptionValue[]
}

/** How variants see the products. */
export interface ProductLookup {
  readonly seed: number
  readonly size: number
  idAt(index: number): number
  indexOf(productId: number): number | undefined
  factsAt(index: number): ProductFacts
}

/** The variants of all products, in order of their id, which is their position plus one. */
export function createVariants(products: ProductLookup): Collection {
  return {
    name: 'variants',
    size: variantFan.total(products.size),
    keyField: 'id',
    idAt: index => index + 1,
    lowerBound: id => Math.min(Math.max(Math.ceil(id) - 1, 0), variantFan.total(products.size)),
    make: index => {
      const productIndex = variantFan.parentOf(index)
      return variantRow(products, productIndex, index)
    },
    parentIdAt: index => products.idAt(variantFan.parentOf(index)),
    under: productId => {
      const index = products.indexOf(productId)
      return index === undefined ? [] : [variantsOf(index)]
    },
  }
}

/** The positions of the variants of a product. */
export function variantsOf(productIndex: number): Range {
  return variantFan.children(productIndex)
}

/** The stock of a product: its own, or the sum over its variants. */
export function productStock(seed: number, productIndex: number, productId: number): ProductStock {
  const { from, to } = variantsOf(productIndex)
  const hasOptions = to - from > 1
  const isTracked = productId % 8 !== 0
  let level = 0
  for (let index = from; isTracked && index < to; index++) level += stockOf(seed, index)
  return {
    level,
    warningLevel: isTracked ? 5 : 0,
    tracking: isTracked ? (hasOptions ? 'variant' : 'product') : 'none',
    baseVariantId: hasOptions ? null : from + 1,
  }
}

/** The options of all products. */
export function createOptions(products: ProductLookup): Collection {
  const size = optionFan.total(products.size)
  return {
    name: 'options',
    size,
    keyField: 'id',
    ...risingIds(size, 1),
    make: index => {
      const productIndex = optionFan.parentOf(index)
      const order = index - optionFan.children(productIndex).from
      const option = productOptions(productIndex)[order]
      return option === undefined ? {} : optionRow(option, order, products.idAt(productIndex))
    },
    parentIdAt: index => products.idAt(optionFan.parentOf(index)),
    under: productId => {
      const index = products.indexOf(productId)
      return index === undefined ? [] : [optionFan.children(index)]
    },
  }
}

function optionRow(option: ProductOption, order: number, productId: number): Row {
  return {
    id: option.id,
    product_id: productId,
    name: `${option.name}${option.id}-${productId}`,
    display_name: option.name,
    type: option.name === 'Size' ? 'rectangles' : 'dropdown',
    sort_order: order,
    option_values: option.values.map(valueRow),
    config: [],
  }
}

function valueRow(value: OptionValue, position: number): Row {
  return { id: value.id, label: value.label, sort_order: position, value_data: null, is_default: position === 0 }
}

/** The values of all options, as they stand in the options. */
export function createOptionValues(products: ProductLookup): Collection {
  const size = valueFan.total(products.size)
  const ownerAt = (index: number): { readonly option: ProductOption; readonly position: number } | undefined => {
    for (const option of productOptions(valueFan.parentOf(index))) {
      const position = option.values.findIndex(value => value.id === index + 1)
      if (position >= 0) return { option, position }
    }
    return undefined
  }
  return {
    name: 'option-values',
    size,
    keyField: 'id',
    ...risingIds(size, 1),
    make: index => {
      const { option, position = 0 } = ownerAt(index) ?? {}
      const value = option?.values[position]
      return value === undefined ? {} : valueRow(value, position)
    },
    parentIdAt: index => ownerAt(index)?.option.id ?? 0,
    under: optionId => {
      if (optionId < 1 || optionId > optionFan.total(products.size)) return []
      const values = productOptions(optionFan.parentOf(optionId - 1)).find(({ id }) => id === optionId)?.values ?? []
      const from = (values[0]?.id ?? 1) - 1
      return [{ from, to: from + values.length }]
    },
  }
}

function productOptions(productIndex: number): readonly ProductOption[] {
  const options = optionFan.children(productIndex)
  const values = valueFan.children(productIndex)
  const count = options.to - options.from
  if (count === 0) return []
  const colourCount = count === 2 ? 2 : values.to - values.from
  const colour = {
    id: options.from + 1,
    name: 'Colour',
    values: valuesFrom(values.from, rotated(colours, productIndex).slice(0, colourCount)),
  }
  if (count === 1) return [colour]
  return [colour, { id: options.from + 2, name: 'Size', values: valuesFrom(values.from + colourCount, sizes) }]
}

function rotated(items: readonly string[], by: number): readonly string[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

function valuesFrom(start: number, labels: readonly string[]): readonly OptionValue[] {
  return labels.map((label, position) => ({ id: start + position + 1, label }))
}

/** The option values of the n-th variant: the last option turns fastest. */
function chosenValues(productIndex: number, position: number): readonly Json[] {
  let rest = position
  const chosen: Json[] = []
  for (const option of [...productOptions(productIndex)].reverse()) {
    const value = option.values[rest % option.values.length]
    rest = Math.floor(rest / option.values.length)
    if (value !== undefined) {
      chosen.unshift({ id: value.id, label: value.label, option_id: option.id, option_display_name: option.name })
    }
  }
  return chosen
}

function stockOf(seed: number, variantIndex: number): number {
  const random = randomOf(seed, kinds.variant, variantIndex)
  return random.chance(12) ? 0 : random.int(1, 60)
}

function variantRow(products: ProductLookup, productIndex: number, index: number): Row {
  const facts = products.factsAt(productIndex)
  const { from, to } = variantsOf(productIndex)
  const isBase = to - from === 1
  const isTracked = facts.id % 8 !== 0
  const hasOwnPrice = !isBase && index % 3 === 0
  const ownPrice = Math.round(facts.price * 110) / 100
  return {
    id: index + 1,
    product_id: facts.id,
    sku: isBase ? facts.sku : `${facts.sku}-${index - from + 1}`,
    sku_id: isBase ? null : index + 1,
    price: isBase ? facts.price : hasOwnPrice ? ownPrice : null,
    calculated_price: hasOwnPrice ? ownPrice : calculatedPrice(facts),
    sale_price: isBase ? facts.salePrice : null,
    retail_price: null,
    map_price: null,
    weight: isBase ? facts.weight : null,
    calculated_weight: facts.weight,
    width: null,
    height: null,
    depth: null,
    is_free_shipping: false,
    fixed_cost_shipping_price: null,
    purchasing_disabled: false,
    purchasing_disabled_message: '',
    image_url: '',
    cost_price: isBase ? facts.costPrice : 0,
    upc: isBase ? facts.upc : '',
    mpn: isBase ? facts.mpn : '',
    gtin: '',
    inventory_level: isTracked ? stockOf(products.seed, index) : 0,
    inventory_warning_level: 0,
    bin_picking_number: '',
    option_values: isBase ? [] : chosenValues(productIndex, index - from),
  }
}
