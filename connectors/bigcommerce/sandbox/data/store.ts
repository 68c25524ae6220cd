import { createAddresses } from './addresses.ts'
import { createBrands } from './brands.ts'
import { categoryOfTree, createCategories, createTreeCategories, treeCategoryRow, treeId } from './categories.ts'
import { type Collection, indexOfId, type Row, risingIds } from './collection.ts'
import { createAttributeValues, createCustomerLookup, createCustomers } from './customers.ts'
import { catalogDate, firstDayMs } from './dates.ts'
import { createOrders, type OrderRecords } from './orders.ts'
import { createOverlay, disguise, type Overlay } from './overlay.ts'
import { createCustomFields, createImages, createModifiers, type PartList, productParts } from './product-parts.ts'
import { createProducts, type ProductFacts, productFacts, productIdRun } from './products.ts'
import { createLinks } from './v2-forms.ts'
import { createOptions, createOptionValues, createVariants, type ProductLookup, productStock } from './variants.ts'

/** How big a store is, and what makes it differ from another of the same size. */
export interface StoreSize {
  readonly seed: number
  readonly products: number
  readonly brands: number
  readonly categories: number
  readonly customers: number
  readonly orders: number
  readonly storeHash: string
  /** Where the store listens: v2 links are absolute and must not lead out of the sandbox. */
  readonly url: string
}

/** All records of a store. */
export interface StoreRecords {
  readonly products: Collection
  readonly variants: Collection
  readonly images: Collection
  readonly customFields: Collection
  readonly brands: Collection
  readonly categories: Collection
  readonly treeCategories: Collection
  readonly trees: Collection
  readonly channels: Collection
  readonly customers: Collection
  readonly addresses: Collection
  readonly orders: OrderRecords
  /** The same records, writable, by the name of their object in the catalogue. */
  readonly shelves: Map<string, Overlay>
  readonly size: StoreSize
}

/** The records of a store of that size. Nothing is made before it is asked for. */
export function createStoreRecords(size: StoreSize): StoreRecords {
  const lookup = productLookup(size)
  const customers = createCustomerLookup(size.seed, size.customers)
  const shelves = new Map<string, Overlay>()
  const keep = (name: string, base: Collection): Collection => {
    const overlay = createOverlay(base)
    shelves.set(name, overlay)
    return overlay.collection
  }
  const addresses = keep('customer-addresses', createAddresses(customers))
  const attributeValues = keep('customer-attribute-values', createAttributeValues(customers))
  const drawnVariants = createVariants(lookup)
  const orders = createOrders(
    { seed: size.seed, products: lookup, variants: drawnVariants, customers },
    size.orders,
    createLinks(size.url, size.storeHash),
  )
  const categories = keep('categories', createCategories(size.seed, size.categories))
  keepTreeCategories(shelves, categories)
  keepOptions(lookup, keep)
  const bare = createProducts(size, index => productStock(size.seed, index, lookup.idAt(index)))
  return {
    variants: keep('products/variants', drawnVariants),
    images: keep('products/images', createImages(lookup, size.storeHash)),
    customFields: keep('products/custom-fields', createCustomFields(lookup)),
    products: keep('products', { ...bare, parts: productParts(list => underProduct(shelves, list)) }),
    brands: keep('brands', createBrands(size.seed, size.brands)),
    categories,
    treeCategories: createTreeCategories(categories),
    trees: keep('category-trees', single('trees', { id: treeId, name: 'Default catalog tree', channels: [1] })),
    channels: keep('channels', single('channels', channelRow())),
    customers: keep('customers', createCustomers(customers, { addresses, attributeValues })),
    addresses,
    orders: { ...orders, orders: keep('orders', orders.orders) },
    shelves,
    size,
  }
}

/** The path of the trees shows the categories under other names. */
function keepTreeCategories(shelves: Map<string, Overlay>, categories: Collection): void {
  const overlay = shelves.get('categories')
  if (overlay === undefined) return
  const base = createTreeCategories(overlay.base)
  const collection = createTreeCategories(categories)
  shelves.set('tree-categories', disguise(overlay, { base, collection, show: treeCategoryRow, hide: categoryOfTree }))
}

function keepOptions(lookup: ProductLookup, keep: (name: string, base: Collection) => Collection): void {
  keep('products/options', createOptions(lookup))
  keep('products/options/values', createOptionValues(lookup))
  keep('products/modifiers', createModifiers(lookup))
}

/** A list that `include` adds to a product; shelves made later are found when they are asked for. */
function underProduct(shelves: ReadonlyMap<string, Overlay>, list: PartList): Collection {
  return shelves.get(`products/${list.replaceAll('_', '-')}`)?.collection ?? nothing
}

const nothing: Collection = { name: 'nothing', size: 0, keyField: 'id', ...risingIds(0, 1), make: () => ({}) }

function productLookup(size: StoreSize): ProductLookup {
  const ids = risingIds(size.products, 1, productIdRun)
  const found = { ...ids, name: 'ids', size: size.products, keyField: 'id', make: (): Row => ({}) }
  const factsAt = (index: number): ProductFacts => productFacts(size.seed, ids.idAt(index))
  return { seed: size.seed, size: size.products, idAt: ids.idAt, indexOf: id => indexOfId(found, id), factsAt }
}

function single(name: string, row: Row): Collection {
  return { name, size: 1, keyField: 'id', ...risingIds(1, 1), make: () => row }
}

function channelRow(): Row {
  return {
    id: 1,
    external_id: '',
    name: 'Sandbox storefront',
    type: 'storefront',
    platform: 'bigcommerce',
    status: 'active',
    is_listable_from_ui: true,
    is_visible: true,
    is_enabled: true,
    icon_url: '',
    date_created: catalogDate(firstDayMs),
    date_modified: catalogDate(firstDayMs),
  }
}
