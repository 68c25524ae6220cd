import { type Collection, type Json, type Row, risingIds } from './collection.ts'
import { slug } from './products.ts'
import { kinds, randomOf } from './random.ts'
import { materials, modes, things } from './words.ts'

/** Categories at the top of the tree; every later one hangs under an earlier one, four to a parent. */
const topCategories = 8
const childrenPerParent = 4

/** The one category tree of a store with one channel. */
export const treeId = 1

/** The categories of a store as `/v3/catalog/categories` shows them. */
export function createCategories(seed: number, size: number): Collection {
  const ids = risingIds(size, 1)
  return { name: 'categories', size, keyField: 'id', ...ids, make: index => categoryRow(seed, index) }
}

/** The same categories as `/v3/catalog/trees/categories` shows them. */
export function createTreeCategories(categories: Collection): Collection {
  return {
    get name() {
      return `tree-${categories.name}`
    },
    get size() {
      return categories.size
    },
    get isChanged() {
      return categories.isChanged === true
    },
    keyField: 'category_id',
    idAt: index => categories.idAt(index),
    lowerBound: id => categories.lowerBound(id),
    make: index => {
      return treeCategoryRow(categories.make(index))
    },
  }
}

/** A category as `/v3/catalog/trees/categories` shows it. */
export function treeCategoryRow({ id = 0, custom_url: url, tree_id, ...rest }: Row): Row {
  const { url: path = '/', is_customized = false } = url as { readonly [field: string]: Json } // categories write it so
  return {
    category_id: id,
    category_uuid: uuidOf(Number(id)),
    tree_id: tree_id ?? treeId,
    ...rest,
    url: { path, is_customized },
  }
}

/** The same the other way round. */
export function categoryOfTree({ category_id: id = 0, category_uuid: _, url, ...rest }: Row): Row {
  const { path = '/', is_customized = false } = (url ?? {}) as { readonly [field: string]: Json } // as above
  return { id, ...rest, custom_url: { url: path, is_customized } }
}

function categoryRow(seed: number, index: number): Row {
  const id = index + 1
  const random = randomOf(seed, kinds.category, id)
  const name = `${random.pick(materials)} ${random.pick(things)}s ${id}`
  return {
    id,
    parent_id: index < topCategories ? 0 : 1 + Math.floor((index - topCategories) / childrenPerParent),
    name,
    description: `<p>For ${random.pick(modes)} use.</p>`,
    views: random.int(0, 5000),
    sort_order: index % childrenPerParent,
    page_title: '',
    search_keywords: '',
    meta_keywords: [''],
    meta_description: '',
    layout_file: 'category.html',
    is_visible: random.chance(94),
    default_product_sort: 'use_store_settings',
    image_url: '',
    custom_url: { url: pathOf(name), is_customized: false },
  }
}

function pathOf(name: string): string {
  return `/${slug(name)}/`
}

function uuidOf(id: number): string {
  const tail = id.toString(16).padStart(12, '0')
  return `0b5e7a10-5c1d-4d3a-9c2e-${tail}`
}
