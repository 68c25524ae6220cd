import { createAddresses } from './addresses.ts'
import { createBrands } from './brands.ts'
import { createCategories, createTreeCategories, treeId } from './categories.ts'
import { type Collection, indexOfId, type Row, risingIds } from './collection.ts'
import { createCustomerLookup, createCustomers } from './customers.ts'
import { catalogDate, firstDayMs } from './dates.ts'
import { createOrders, type OrderRecords } from './orders.ts'
import { createCustomFields, createImages, productParts } from './product-parts.ts'
import { createProducts, type ProductFacts, productFacts, productIdRun } from './products.ts'
import { createLinks } from './v2-forms.ts'
import { createVariants, type ProductLookup, productStock } from './variants.ts'

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
}

/** The records of a store of that size. Nothing is made before it is asked for. */
export function createStoreRecords(size: StoreSize): StoreRecords {
  const lookup = productLookup(size)
  const variants = createVariants(lookup)
  const images = createImages(lookup, size.storeHash)
  const customFields = createCustomFields(lookup)
  const bare = createProducts(size, index => productStock(size.seed, index, lookup.idAt(index)))
  const customers = createCustomerLookup(size.seed, size.customers)
  const addresses = createAddresses(customers)
  const categories = createCategories(size.seed, size.categories)
  return {
    products: { ...bare, parts: productParts(lookup, { variants, images, customFields }) },
    variants,
    images,
    customFields,
    brands: createBrands(size.seed, size.brands),
    categories,
    treeCategories: createTreeCategories(categories),
    trees: single('trees', { id: treeId, name: 'Default catalog tree', channels: [1] }),
    channels: single('channels', channelRow()),
    customers: createCustomers(customers, addresses),
    addresses,
    orders: createOrders(
      { seed: size.seed, products: lookup, variants, customers },
      size.orders,
      createLinks(size.url, size.storeHash),
    ),
  }
}

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
