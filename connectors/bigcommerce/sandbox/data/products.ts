import { type Collection, type Json, type Row, risingIds } from './collection.ts'
import { catalogDate, firstDayMs, lastDayMs } from './dates.ts'
import { kinds, type Random, randomOf } from './random.ts'
import { materials, modes, qualities, sentences, things } from './words.ts'

/** After so many product ids one is missing, so that nobody takes ids for positions. */
export const productIdRun = 19

/** What the catalogue of a store is made from. */
export interface CatalogSize {
  readonly seed: number
  readonly products: number
  readonly brands: number
  readonly categories: number
}

/** What other kinds of records have to know of a product without making all of it. */
export interface ProductFacts {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly thing: string
  readonly price: number
  readonly salePrice: number
  readonly costPrice: number
  readonly weight: number
  readonly upc: string
  readonly mpn: string
  readonly createdMs: number
  readonly modifiedMs: number
  readonly isVisible: boolean
  readonly isDigital: boolean
}

/** The stock and the variants of a product, known to the variants. */
export interface ProductStock {
  readonly level: number
  readonly warningLevel: number
  readonly tracking: 'none' | 'product' | 'variant'
  /** Null for a product with options, whose variants are all of equal rank. */
  readonly baseVariantId: number | null
}

/** The first values drawn for a product; every later one must be drawn after these. */
export function productFacts(
  seed: number,
  id: number,
  random: Random = randomOf(seed, kinds.product, id),
): ProductFacts {
  const thing = random.pick(things)
  const material = random.pick(materials)
  const price = random.int(499, 49_900) / 100
  const createdMs = random.int(firstDayMs / 1000, lastDayMs / 1000 - 40_000_000) * 1000
  const letters = (thing.slice(0, 3) + material.slice(0, 2)).toUpperCase()
  return {
    id,
    sku: `${letters}-${String(id).padStart(7, '0')}`,
    name: `${random.pick(qualities)} ${material} ${thing} No. ${id}`,
    thing,
    price,
    salePrice: random.chance(15) ? Math.round(price * 80) / 100 : 0,
    costPrice: Math.round(price * 55) / 100,
    weight: random.int(10, 2500) / 100,
    upc: String(400_000_000_000 + id),
    mpn: `M-${material.slice(0, 1)}${1000 + (id % 9000)}-${id}`,
    createdMs,
    modifiedMs: createdMs + random.int(0, (lastDayMs - createdMs) / 1000) * 1000,
    isVisible: random.chance(92),
    isDigital: !random.chance(96),
  }
}

/** What the effective price is: the sale price when there is one. */
export function calculatedPrice(facts: ProductFacts): number {
  return facts.salePrice > 0 ? facts.salePrice : facts.price
}

/** The products of a store, without the parts that `include` adds. */
export function createProducts(size: CatalogSize, stockOf: (index: number) => ProductStock): Collection {
  const ids = risingIds(size.products, 1, productIdRun)
  return {
    name: 'products',
    size: size.products,
    keyField: 'id',
    ...ids,
    make: index => {
      const id = ids.idAt(index)
      const random = randomOf(size.seed, kinds.product, id)
      const facts = productFacts(size.seed, id, random)
      return productRow({ size, facts, stock: stockOf(index), random, index })
    },
  }
}

interface Draft {
  readonly size: CatalogSize
  readonly facts: ProductFacts
  readonly stock: ProductStock
  readonly random: Random
  readonly index: number
}

function productRow(draft: Draft): Row {
  const { facts, stock, random } = draft
  return {
    id: facts.id,
    name: facts.name,
    type: facts.isDigital ? 'digital' : 'physical',
    sku: facts.sku,
    description: description(facts, random),
    ...measures(facts, random),
    ...prices(facts),
    ...placement(draft),
    ...inventory(stock),
    ...flags(random, facts.isVisible),
    ...texts(facts, random),
    ...dates(facts),
    base_variant_id: stock.baseVariantId,
    custom_url: { url: `/${slug(facts.name)}/`, is_customized: false },
    ...openGraph(),
  }
}

function measures(facts: ProductFacts, random: Random): Row {
  return {
    weight: facts.weight,
    width: random.int(1, 120),
    depth: random.int(1, 80),
    height: random.int(1, 200),
  }
}

function prices(facts: ProductFacts): Row {
  return {
    price: facts.price,
    cost_price: facts.costPrice,
    retail_price: Math.round(facts.price * 115) / 100,
    sale_price: facts.salePrice,
    map_price: 0,
    tax_class_id: 0,
    product_tax_code: '',
    calculated_price: calculatedPrice(facts),
  }
}

function placement({ size, random, index }: Draft): Row {
  const categories = size.categories === 0 ? [] : [1 + (index % size.categories)]
  if (size.categories > 1 && random.chance(40)) {
    const second = random.int(1, size.categories)
    if (!categories.includes(second)) categories.push(second)
  }
  const related: readonly Json[] = random.chance(25) ? [random.int(1, 19)] : [-1]
  return {
    categories,
    brand_id: size.brands === 0 || random.chance(5) ? 0 : random.int(1, size.brands),
    option_set_id: null,
    option_set_display: 'right',
    related_products: related,
  }
}

function inventory(stock: ProductStock): Row {
  return {
    inventory_level: stock.level,
    inventory_warning_level: stock.warningLevel,
    inventory_tracking: stock.tracking,
  }
}

function flags(random: Random, visible: boolean): Row {
  const preorder = random.chance(3)
  return {
    reviews_rating_sum: random.int(0, 50),
    reviews_count: random.int(0, 10),
    total_sold: random.int(0, 900),
    fixed_cost_shipping_price: random.chance(10) ? 4.95 : 0,
    is_free_shipping: random.chance(12),
    is_visible: visible,
    is_featured: random.chance(8),
    availability: preorder ? 'preorder' : random.chance(95) ? 'available' : 'disabled',
    availability_description: preorder ? 'Leaves our house with the next delivery' : 'Leaves our house within two days',
    gift_wrapping_options_type: 'any',
    gift_wrapping_options_list: [],
    sort_order: random.int(0, 50),
    condition: random.pick(['New', 'New', 'New', 'New', 'Refurbished', 'Used']),
    is_condition_shown: random.chance(20),
    order_quantity_minimum: 0,
    order_quantity_maximum: random.chance(10) ? 20 : 0,
    view_count: random.int(0, 20_000),
    preorder_release_date: preorder ? catalogDate(lastDayMs) : null,
    preorder_message: preorder ? 'Expected at the end of the year' : '',
    is_preorder_only: false,
    is_price_hidden: false,
    price_hidden_label: '',
  }
}

function texts(facts: ProductFacts, random: Random): Row {
  const mode = random.pick(modes)
  return {
    warranty: random.chance(30) ? 'Two years on material and workmanship, not on wear.' : '',
    bin_picking_number: `${random.pick(['A', 'B', 'C', 'D'])}${random.int(10, 99)}-${random.int(1, 12)}`,
    layout_file: 'product.html',
    upc: facts.upc,
    mpn: facts.mpn,
    gtin: facts.upc.padStart(14, '0'),
    search_keywords: `${facts.thing.toLowerCase()},${mode}`,
    page_title: `${facts.name} for ${mode} use`,
    meta_keywords: [facts.thing.toLowerCase(), mode],
    meta_description: `${facts.name}: ${random.pick(sentences)}`,
  }
}

function dates(facts: ProductFacts): Row {
  return {
    date_created: catalogDate(facts.createdMs),
    date_modified: catalogDate(facts.modifiedMs),
    date_last_imported: facts.id % 4 === 0 ? catalogDate(facts.createdMs) : null,
  }
}

function openGraph(): Row {
  return {
    open_graph_type: 'product',
    open_graph_title: '',
    open_graph_description: '',
    open_graph_use_meta_description: true,
    open_graph_use_product_name: true,
    open_graph_use_image: true,
  }
}

function description(facts: ProductFacts, random: Random): string {
  let text = `<p>${facts.name}.`
  const count = random.int(14, 24)
  for (let sentence = 0; sentence < count; sentence++) {
    text += sentence % 7 === 6 ? `</p>\n<p>${random.pick(sentences)}` : ` ${random.pick(sentences)}`
  }
  return `${text}</p>`
}

/** A name as BigCommerce puts it into a URL. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
