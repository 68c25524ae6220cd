import type { Json, Row } from '../data/collection.ts'
import { slug } from '../data/products.ts'
import { type Change, type Draft, type Ledger, type Refusal, type Rule, refuse } from './change.ts'
import { isRow } from './defaults.ts'
import { createRecord, idsUnder, removeRecord, replaceRecord } from './store-record.ts'
import { numbersIn } from './uniques.ts'

/** Lists under a product that may be sent with it, by the object they become records of. */
const listsOfProduct: { readonly [field: string]: string } = {
  variants: 'products/variants',
  images: 'products/images',
  custom_fields: 'products/custom-fields',
  bulk_pricing_rules: 'products/bulk-pricing-rules',
  videos: 'products/videos',
}
const shownByInclude = [
  ...Object.keys(listsOfProduct),
  ...['options', 'modifiers', 'reviews', 'primary_image', 'channels', 'parent_relations'],
]
const mostVariants = 600

const category: Rule = {
  unique: [
    {
      fields: ['parent_id', 'name'],
      group: 'categories',
      isCaseless: true,
      refusal: () => duplicate('The category name is a duplicate'),
    },
  ],
  defaults: { is_visible: true, default_product_sort: 'use_store_settings', layout_file: 'category.html' },
  removed: removeSubtree,
}

/** What sets the objects of the catalogue apart. */
export const catalogRules: { readonly [name: string]: Rule } = {
  products: {
    unique: [
      { fields: ['name'], isCaseless: true, refusal: () => duplicate('The product name is a duplicate') },
      { fields: ['custom_url.url'], refusal: () => duplicate('The custom url is a duplicate') },
    ],
    defaults: {
      type: 'physical',
      availability: 'available',
      condition: 'New',
      is_visible: true,
      inventory_tracking: 'none',
      option_set_display: 'right',
      related_products: [-1],
      gift_wrapping_options_type: 'any',
      layout_file: 'product.html',
      open_graph_type: 'product',
      open_graph_use_meta_description: true,
      open_graph_use_product_name: true,
      open_graph_use_image: true,
    },
    prepare: prepareProduct,
    written: writeAroundProduct,
  },
  'products/variants': {
    unique: [
      {
        fields: ['sku'],
        isCaseless: true,
        candidates: variantsThatMayHave,
        refusal: () => duplicate('The sku is a duplicate'),
      },
    ],
    batch: 'batch-errors',
    prepare: prepareVariant,
    written: dropBaseVariant,
  },
  brands: {
    unique: [{ fields: ['name'], isCaseless: true, refusal: () => duplicate('The brand name is a duplicate') }],
    prepare: withUrl,
  },
  categories: { ...category, prepare: withUrl },
  'tree-categories': { ...category, prepare: withPath, answers: 'counts' },
  'category-trees': { naturalKey: ['id'] },
  'product-category-assignments': { naturalKey: ['product_id', 'category_id'], written: assignCategory },
  'product-channel-assignments': { naturalKey: ['product_id', 'channel_id'] },
  'categories/products-sort-order': { naturalKey: ['product_id'] },
  'products/options': { written: storeValues('products/options/values') },
  'products/modifiers': { written: storeValues('products/modifiers/values') },
  'products/options/values': { written: showValues('products/options'), removed: hideValue('products/options') },
  'products/modifiers/values': { written: showValues('products/modifiers'), removed: hideValue('products/modifiers') },
}

function duplicate(title: string): Refusal {
  return refuse(title, {}, 409)
}

function prepareProduct(row: Row, { given, old, id, change }: Draft): Row | Refusal {
  const { ledger } = change
  const missing = missingReference(ledger, given)
  if (missing !== undefined) return missing
  const baseId = old === undefined ? undefined : baseVariantOf(ledger, id)
  const variants = ledger.resources.get('products/variants')
  const clash =
    given['sku'] === undefined
      ? undefined
      : ledger.uniques.check(ledger, variants, { sku: row['sku'] ?? '' }, baseId, undefined)
  if (clash !== undefined) return refuse('The product sku is a duplicate', {}, 409)
  const shown = Object.fromEntries(Object.entries(row).filter(([name]) => !shownByInclude.includes(name)))
  const salePrice = Number(row['sale_price'] ?? 0)
  const url = urlOf(given, old, String(row['name']))
  const made = { ...shown, custom_url: url, calculated_price: salePrice > 0 ? salePrice : (row['price'] ?? 0) }
  if (old !== undefined) return made
  const isPlain = !Array.isArray(given['variants']) || given['variants'].length === 0
  return { ...made, base_variant_id: isPlain ? variants.shelf.nextId() : null, option_set_id: null }
}

function missingReference({ resources }: Ledger, given: Row): Refusal | undefined {
  const categories = Array.isArray(given['categories']) ? given['categories'] : []
  const strays = categories.filter(id => !resources.get('categories').shelf.has(Number(id)))
  if (strays.length > 0) return refuse(`The category is invalid: ${strays.join(',')}`, {}, 409)
  const brandId = Number(given['brand_id'] ?? 0)
  return brandId !== 0 && !resources.get('brands').shelf.has(brandId)
    ? refuse('The brand is invalid', {}, 409)
    : undefined
}

function urlOf(given: Row, old: Row | undefined, name: string): Json {
  const sent = given['custom_url']
  const before = old?.['custom_url']
  if (isRow(sent)) return { is_customized: true, ...(isRow(before) ? before : {}), ...sent }
  return before ?? { url: `/${slug(name)}/`, is_customized: false }
}

function withUrl(row: Row, { given, old }: Draft): Row {
  return { ...row, custom_url: urlOf(given, old, String(row['name'])) }
}

/** In trees the URL of a category has other names. */
function withPath(row: Row, { given, old }: Draft): Row {
  const sent = given['url']
  if (isRow(sent)) return { ...row, url: { is_customized: true, ...sent } }
  return old === undefined ? { ...row, url: { path: `/${slug(String(row['name']))}/`, is_customized: false } } : row
}

function baseVariantOf({ resources }: Ledger, productId: number): number | undefined {
  const { shelf } = resources.get('products/variants')
  return idsUnder(shelf.collection, productId).find(id => isEmpty(shelf.get(id)?.row['option_values']))
}

function isEmpty(value: Json | undefined): boolean {
  return !Array.isArray(value) || value.length === 0
}

const sharedWithBase = ['sku', 'price', 'cost_price', 'sale_price', 'weight', 'upc', 'mpn', 'gtin', 'inventory_level']

/** A new product gets its base variant and the lists that were sent with it; a changed one changes its base variant. */
function writeAroundProduct(row: Row, { given, old, id, change }: Draft): void {
  const { resources } = change.ledger
  const variants = resources.get('products/variants')
  const shared = Object.fromEntries(
    Object.entries(old === undefined ? row : given).filter(([name]) => sharedWithBase.includes(name)),
  )
  if (old !== undefined) {
    const baseId = baseVariantOf(change.ledger, id)
    const base = baseId === undefined ? undefined : variants.shelf.get(baseId)?.row
    if (baseId === undefined || base === undefined || Object.keys(shared).length === 0) return
    replaceRecord({ ...change, resource: variants }, baseId, { row: { ...base, ...shared } })
    return
  }
  if (row['base_variant_id'] !== null) storeBelow(change, 'products/variants', id, { ...shared, option_values: [] })
  for (const [field, name] of Object.entries(listsOfProduct)) {
    const list = given[field]
    if (Array.isArray(list)) for (const item of list.filter(isRow)) storeBelow(change, name, id, item)
  }
}

/** Stores a record that came inside another; what is wrong with it was found when the whole was checked. */
function storeBelow(change: Change, name: string, parentId: number, row: Row): void {
  const resource = change.ledger.resources.get(name)
  const { body: _, ...operation } = change.operation
  createRecord({ ...change, resource, operation, parentId }, row, parentId)
}

function* variantsThatMayHave(row: Row, { resources }: Ledger): Generator<number> {
  const { base } = resources.get('products/variants').shelf
  for (const productId of numbersIn(String(row['sku']))) {
    for (const { from, to } of base.under?.(productId) ?? []) {
      for (let index = from; index < to; index++) yield base.idAt(index)
    }
  }
}

function prepareVariant(row: Row, { given, old, change }: Draft): Row | Refusal {
  const { resources } = change.ledger
  const productId = Number(row['product_id'])
  const product = resources.get('products').shelf.get(productId)?.row ?? {}
  const isOwn =
    change.operation.body !== undefined &&
    change.resource.name === 'products/variants' &&
    change.operation.method === 'POST'
  if (old === undefined && isOwn && isEmpty(given['option_values'])) {
    return refuse('A variant needs option values', { option_values: 'error.path.missing' })
  }
  const { collection } = resources.get('products/variants').shelf
  if (old === undefined && idsUnder(collection, productId).length >= mostVariants) {
    return refuse(`A product cannot have more than ${mostVariants} variants`)
  }
  const price = row['price'] ?? null
  const inherits = old === undefined && given['price'] === undefined
  return {
    ...row,
    price: inherits ? null : price,
    calculated_price: inherits || price === null ? (product['calculated_price'] ?? 0) : price,
  }
}

/** A product whose variants have options has no base variant any more. */
function dropBaseVariant(row: Row, { old, id, change }: Draft): void {
  const { ledger } = change
  if (old !== undefined || isEmpty(row['option_values'])) return
  const productId = Number(row['product_id'])
  const products = ledger.resources.get('products').shelf
  const product = products.get(productId)
  const baseId = baseVariantOf(ledger, productId)
  if (product === undefined || baseId === undefined || baseId === id) return
  removeRecord({ ...change, resource: ledger.resources.get('products/variants') }, baseId)
  products.replace(productId, { ...product, row: { ...product.row, base_variant_id: null } })
}

/** What hangs under a category goes with it; its products stay. */
function removeSubtree(_: Row, id: number, change: Change): void {
  const { collection } = change.resource.shelf
  const below: number[] = []
  for (let index = 0; index < collection.size; index++) {
    if (collection.make(index)['parent_id'] === id) below.push(collection.idAt(index))
  }
  for (const child of below) removeRecord(change, child)
}

function assignCategory(row: Row, { change }: Draft): void {
  const products = change.ledger.resources.get('products').shelf
  const productId = Number(row['product_id'])
  const product = products.get(productId)
  const categories = Array.isArray(product?.row['categories']) ? product.row['categories'] : []
  const categoryId = row['category_id'] ?? 0
  if (product === undefined || categories.includes(categoryId)) return
  products.replace(productId, { ...product, row: { ...product.row, categories: [...categories, categoryId] } })
}

/** The values sent with an option become records of their own; those it had go. */
function storeValues(name: string): NonNullable<Rule['written']> {
  return (_, { given, id, change }) => {
    const values = given['option_values']
    if (!Array.isArray(values)) return
    const resource = change.ledger.resources.get(name)
    for (const old of idsUnder(resource.shelf.collection, id)) resource.shelf.remove(old)
    for (const value of values.filter(isRow)) storeBelow(change, name, id, value)
    showAll(change.ledger, change.resource.name, name, id)
  }
}

function showValues(parent: string): NonNullable<Rule['written']> {
  return (_, { id, change: { ledger, resource } }) => {
    const parentId = resource.shelf.parentOf(id)
    if (parentId !== undefined) showAll(ledger, parent, resource.name, parentId)
  }
}

function hideValue(parent: string): NonNullable<Rule['removed']> {
  return (_, __, { ledger, resource, parentId }) => {
    if (parentId !== undefined) showAll(ledger, parent, resource.name, parentId)
  }
}

function showAll({ resources }: Ledger, parent: string, name: string, parentId: number): void {
  const { shelf } = resources.get(parent)
  const { shelf: values } = resources.get(name)
  const known = shelf.get(parentId)
  if (known === undefined) return
  const rows = idsUnder(values.collection, parentId).map(id => values.get(id)?.row ?? {})
  shelf.replace(parentId, { ...known, row: { ...known.row, option_values: rows } })
}
