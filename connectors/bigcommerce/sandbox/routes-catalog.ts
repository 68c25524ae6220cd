import { json, notFound } from './answer.ts'
import { type Collection, indexOfId, type Json, type Row } from './data/collection.ts'
import type { StoreRecords } from './data/store.ts'
import { catalogSummary } from './data/summary.ts'
import { type Filters, fieldFilters, idFilters, parentFilters } from './filter.ts'
import { type Control, emptyMeta, itemV3, type ListV3, listV3, unknownFilters } from './list-v3.ts'
import { listRoute } from './route-kinds.ts'
import type { Route, RoutedRequest } from './router.ts'
import { isWithin, sortsBy } from './selection.ts'

const scopes = ['store_v2_products']
const paged: readonly Control[] = ['page', 'limit']
const withFields: readonly Control[] = [...paged, 'include_fields', 'exclude_fields']
const idOperators = 'eq in not_in min max greater less'

/** The routes of the catalogue that are emulated. */
export function catalogRoutes(records: StoreRecords): readonly Route[] {
  const { products, variants, brands, categories, treeCategories, trees } = records
  return [
    listRoute('/catalog/products', productList(products), ['GET', 'POST', 'PUT', 'DELETE'], scopes),
    item('/catalog/products/{id}', products, ['GET', 'PUT', 'DELETE']),
    subList('/catalog/products/{id}/variants', variants, products),
    subList('/catalog/products/{id}/images', records.images, products),
    subList('/catalog/products/{id}/custom-fields', records.customFields, products),
    subItem('/catalog/products/{id}/variants/{id}', variants, products),
    subItem('/catalog/products/{id}/images/{id}', records.images, products),
    subItem('/catalog/products/{id}/custom-fields/{id}', records.customFields, products),
    listRoute('/catalog/variants', variantList(variants), ['GET', 'PUT'], scopes),
    listRoute('/catalog/brands', brandList(brands), ['GET', 'POST', 'DELETE'], scopes),
    item('/catalog/brands/{id}', brands, ['GET', 'PUT', 'DELETE']),
    listRoute('/catalog/categories', categoryList(categories), ['GET', 'POST', 'DELETE'], scopes),
    item('/catalog/categories/{id}', categories, ['GET', 'PUT', 'DELETE']),
    listRoute('/catalog/trees', treeList(trees), ['GET', 'PUT', 'DELETE'], scopes),
    listRoute('/catalog/trees/categories', treeCategoryList(treeCategories), ['GET', 'POST', 'PUT', 'DELETE'], scopes),
    summaryRoute(records),
    treeRoute(records),
  ]
}

/** A tree as a whole, children inside their parents. */
function treeRoute({ trees, categories }: StoreRecords): Route {
  const get: Route['get'] = ({ ids: [treeId = 0], query, tools }) => {
    const unknown = query.map(([name]) => name).filter(name => name !== 'depth')
    if (unknown.length > 0) return unknownFilters(unknown)
    if (indexOfId(trees, treeId) === undefined) return notFound('v3')
    const rows = Array.from({ length: categories.size }, (_, index) => categories.make(index))
    return json(200, { data: nodesUnder(rows, 0, []), meta: emptyMeta(tools.switches) })
  }
  return { version: 'v3', path: '/catalog/trees/{id}/categories', methods: ['GET'], scopes, get }
}

function nodesUnder(rows: readonly Row[], parentId: Json, path: readonly Json[]): Json {
  return rows
    .filter(row => row['parent_id'] === parentId)
    .map(({ id = 0, name = '', is_visible = true, custom_url }) => ({
      id,
      parent_id: parentId,
      depth: path.length,
      path,
      name,
      is_visible,
      url: (custom_url as Row)['url'] ?? '', // the categories write it so
      children: nodesUnder(rows, id, [...path, id]),
    }))
}

/** Shares its form with the items, but is nobody's item. */
function summaryRoute(records: StoreRecords): Route {
  const get: Route['get'] = ({ query, tools }) => {
    const unknown = query.map(([name]) => name)
    if (unknown.length > 0) return unknownFilters(unknown)
    return json(200, { data: catalogSummary(records), meta: emptyMeta(tools.switches) })
  }
  return { version: 'v3', path: '/catalog/summary', methods: ['GET'], scopes, get }
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
    const ranges = indexOfId(parents, parentId) === undefined ? [] : (collection.under?.(parentId) ?? [])
    const index = indexOfId(collection, id)
    const isUnder = index !== undefined && isWithin(index, ranges)
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
      'id name sku price date_modified date_last_imported inventory_level is_visible total_sold calculated_price',
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
    sorts: sortsBy('id name parent_id sort_order'),
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
