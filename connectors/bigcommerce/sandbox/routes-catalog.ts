import { json, notFound } from './answer.ts'
import { type Collection, indexOfId, type Json, type Row } from './data/collection.ts'
import type { StoreRecords } from './data/store.ts'
import { type Filters, fieldFilters, idFilters, parentFilters } from './filter.ts'
import { type Control, itemV3, type ListV3, listV3 } from './list-v3.ts'
import type { Route, RoutedRequest } from './router.ts'

const scopes = ['store_v2_products']
const paged: readonly Control[] = ['page', 'limit']
const withFields: readonly Control[] = [...paged, 'include_fields', 'exclude_fields']
const idOperators = 'eq in not_in min max greater less'

/** The routes of the catalogue that are emulated. */
export function catalogRoutes(records: StoreRecords): readonly Route[] {
  const { products, variants, brands, categories, treeCategories, trees } = records
  return [
    list('/catalog/products', productList(products), ['GET', 'POST', 'PUT', 'DELETE']),
    item('/catalog/products/{id}', products, ['GET', 'PUT', 'DELETE']),
    subList('/catalog/products/{id}/variants', variants, products),
    subList('/catalog/products/{id}/images', records.images, products),
    subList('/catalog/products/{id}/custom-fields', records.customFields, products),
    subItem('/catalog/products/{id}/variants/{id}', variants, products),
    subItem('/catalog/products/{id}/images/{id}', records.images, products),
    subItem('/catalog/products/{id}/custom-fields/{id}', records.customFields, products),
    list('/catalog/variants', variantList(variants), ['GET', 'PUT']),
    list('/catalog/brands', brandList(brands), ['GET', 'POST', 'DELETE']),
    item('/catalog/brands/{id}', brands, ['GET', 'PUT', 'DELETE']),
    list('/catalog/categories', categoryList(categories), ['GET', 'POST', 'DELETE']),
    item('/catalog/categories/{id}', categories, ['GET', 'PUT', 'DELETE']),
    list('/catalog/trees', treeList(trees), ['GET', 'PUT', 'DELETE']),
    list('/catalog/trees/categories', treeCategoryList(treeCategories), ['GET', 'POST', 'PUT', 'DELETE']),
    {
      version: 'v3',
      path: '/catalog/summary',
      methods: ['GET'],
      scopes,
      get: () => json(200, { data: summary(records), meta: {} }),
    },
  ]
}

/** The route of a v3 list. */
export function list(path: string, spec: ListV3, methods: readonly string[], listScopes = scopes): Route {
  return { version: 'v3', path, methods, scopes: listScopes, get: ({ query, tools }) => listV3(spec, query, tools) }
}

function item(path: string, collection: Collection, methods: readonly string[]): Route {
  const get = ({ ids: [id = 0], query, tools }: RoutedRequest) => itemV3(collection, id, query, tools)
  return { version: 'v3', path, methods, scopes, get }
}

function subList(path: string, collection: Collection, parents: Collection): Route {
  const spec: ListV3 = { collection, filters: {}, controls: withFields }
  const get: Route['get'] = ({ ids: [parentId = 0], query, tools }) =>
    indexOfId(parents, parentId) === undefined
      ? notFound('v3')
      : listV3(spec, query, tools, collection.under?.(parentId))
  return { version: 'v3', path, methods: ['GET', 'POST'], scopes, get }
}

function subItem(path: string, collection: Collection, parents: Collection): Route {
  const get: Route['get'] = ({ ids: [parentId = 0, id = 0], query, tools }) => {
    const range = indexOfId(parents, parentId) === undefined ? undefined : collection.under?.(parentId)
    const index = indexOfId(collection, id)
    const isUnder = range !== undefined && index !== undefined && index >= range.from && index < range.to
    return isUnder ? itemV3(collection, id, query, tools) : notFound('v3')
  }
  return { version: 'v3', path, methods: ['GET', 'PUT', 'DELETE'], scopes, get }
}

function productList(collection: Collection): ListV3 {
  return {
    collection,
    controls: [...withFields, 'include', 'sort', 'direction'],
    cappingParts: ['options', 'modifiers'],
    sorts: sortsBy(
      'name sku price date_modified date_last_imported inventory_level is_visible total_sold calculated_price',
    ),
    filters: {
      ...idFilters('id', idOperators),
      ...fieldFilters('channel_id', 'integer', 'in', () => 1),
      ...fieldFilters('categories', 'integer', 'eq in'),
      ...fieldFilters('name', 'text', 'eq'),
      ...fieldFilters('mpn', 'text', 'eq'),
      ...fieldFilters('upc', 'text', 'eq'),
      ...fieldFilters('sku', 'text', 'eq in'),
      ...fieldFilters('price', 'number', 'eq'),
      ...fieldFilters('weight', 'number', 'eq'),
      ...fieldFilters('condition', 'choice', 'eq'),
      ...fieldFilters('type', 'choice', 'eq'),
      ...fieldFilters('availability', 'choice', 'eq'),
      ...fieldFilters('brand_id', 'integer', 'eq'),
      ...fieldFilters('date_modified', 'date', 'eq min max'),
      ...fieldFilters('date_last_imported', 'date', 'eq not min max'),
      ...fieldFilters('is_visible', 'boolean', 'eq'),
      ...fieldFilters('is_featured', 'flag', 'eq'),
      ...fieldFilters('is_free_shipping', 'flag', 'eq'),
      ...fieldFilters('inventory_level', 'integer', idOperators),
      ...fieldFilters('inventory_low', 'flag', 'eq', isLow),
      ...fieldFilters('out_of_stock', 'flag', 'eq', isOut),
      ...fieldFilters('total_sold', 'integer', 'eq'),
      ...keyword('name', 'sku', 'description'),
      ...fieldFilters('keyword_context', 'choice', 'eq', () => ['shopper', 'merchant']),
    },
  }
}

function isLow(row: Row): Json {
  return isTracked(row) && Number(row['inventory_level']) <= Number(row['inventory_warning_level'])
}

function isOut(row: Row): Json {
  return isTracked(row) && row['inventory_level'] === 0
}

function isTracked(row: Row): boolean {
  return row['inventory_tracking'] !== 'none'
}

/** `keyword` finds a part of any of those fields. */
function keyword(...fields: readonly string[]): Filters {
  const value = (row: Row): Json => fields.map(field => row[field] ?? '')
  return { keyword: { kind: 'text', operator: 'like', over: 'row', value } }
}

/** Sorting by fields as they stand in the record; dates of one form sort as text. */
export function sortsBy(fields: string): { readonly [name: string]: (row: Row) => Json } {
  return Object.fromEntries(fields.split(' ').map(field => [field, (row: Row): Json => row[field] ?? null]))
}

function variantList(collection: Collection): ListV3 {
  return {
    collection,
    controls: withFields,
    filters: {
      ...idFilters('id', 'eq'),
      ...parentFilters('product_id', 'in'),
      ...fieldFilters('sku', 'text', 'eq'),
      ...fieldFilters('upc', 'text', 'eq'),
    },
  }
}

function brandList(collection: Collection): ListV3 {
  return {
    collection,
    controls: [...withFields, 'sort', 'direction'],
    sorts: sortsBy('name'),
    filters: {
      ...idFilters('id', idOperators),
      ...fieldFilters('name', 'text', 'eq like'),
      ...fieldFilters('page_title', 'text', 'eq'),
    },
  }
}

const categoryTexts: Filters = {
  ...fieldFilters('name', 'text', 'eq like'),
  ...fieldFilters('page_title', 'text', 'eq like'),
  ...fieldFilters('is_visible', 'boolean', 'eq'),
  ...keyword('name', 'description'),
}

function categoryList(collection: Collection): ListV3 {
  return {
    collection,
    controls: [...withFields, 'sort'],
    sorts: sortsBy('name parent_id sort_order'),
    filters: {
      ...idFilters('id', idOperators),
      ...fieldFilters('parent_id', 'integer', 'eq in min max greater less'),
      ...categoryTexts,
    },
  }
}

/** Here the ids carry their long names, and `parent_id` alone is refused. */
function treeCategoryList(collection: Collection): ListV3 {
  return {
    collection,
    controls: withFields,
    filters: {
      ...idFilters('category_id', 'in not_in'),
      ...fieldFilters('category_uuid', 'text', 'in not_in'),
      ...fieldFilters('tree_id', 'integer', 'in not_in'),
      ...fieldFilters('parent_id', 'integer', 'in not_in'),
      ...categoryTexts,
    },
  }
}

function treeList(collection: Collection): ListV3 {
  const filters = { ...idFilters('id', 'in'), ...fieldFilters('channel_id', 'integer', 'in', () => 1) }
  return { collection, controls: [], filters }
}

/** Sums are over the first products only: a million records are not made for a number nobody checks. */
function summary({ products, variants, categories }: StoreRecords): Json {
  const rows = Array.from({ length: Math.min(products.size, 1000) }, (_, index) => products.make(index))
  const prices = rows.map(row => Number(row['price']))
  const stock = rows.map(row => Number(row['inventory_level']))
  const share = rows.length === 0 ? 0 : products.size / rows.length
  const scaled = (sum: number): number => Math.round(sum * share)
  const total = prices.reduce((sum, price) => sum + price, 0)
  return {
    inventory_count: scaled(stock.reduce((sum, level) => sum + level, 0)),
    inventory_value: scaled(prices.reduce((sum, price, index) => sum + price * (stock[index] ?? 0), 0)),
    primary_category_id: categories.size === 0 ? 0 : 1,
    primary_category_name: categories.size === 0 ? '' : (categories.make(0)['name'] ?? ''),
    variant_count: variants.size,
    highest_variant_price: Math.max(0, ...prices),
    average_variant_price: rows.length === 0 ? 0 : Math.round((total / rows.length) * 100) / 100,
    lowest_variant_price: rows.length === 0 ? 0 : Math.min(...prices),
    oldest_variant_date: rows.map(row => String(row['date_created'])).sort()[0] ?? '',
    newest_variant_date:
      rows
        .map(row => String(row['date_created']))
        .sort()
        .at(-1) ?? '',
  }
}
