import type { Collection, Json, Part, Row } from './collection.ts'
import { catalogDate } from './dates.ts'
import { createFan, type Fan } from './fan.ts'
import { kinds, randomOf } from './random.ts'
import { optionsOf, type ProductLookup, variantsOf } from './variants.ts'
import { materials, modes } from './words.ts'

const imageFan = createFan([1, 2, 1, 4, 1, 2, 3, 0, 1, 2])
const customFieldFan = createFan([2, 1, 0, 3, 2, 1, 2])
const modifierEvery = 25

/** The images of all products. */
export function createImages(products: ProductLookup, storeHash: string): Collection {
  return children(products, {
    name: 'images',
    fan: imageFan,
    make: (index, productIndex) => imageRow(products, storeHash, productIndex, index),
  })
}

/** The custom fields of all products. */
export function createCustomFields(products: ProductLookup): Collection {
  return children(products, {
    name: 'custom-fields',
    fan: customFieldFan,
    make: (index, productIndex) => {
      const random = randomOf(products.seed, kinds.customField, index)
      const position = index - customFieldFan.children(productIndex).from
      const name = ['Material', 'Use', 'Season'][position] ?? 'Note'
      return { id: index + 1, name, value: position === 0 ? random.pick(materials) : random.pick(modes) }
    },
  })
}

interface Children {
  readonly name: string
  readonly fan: Fan
  make(index: number, productIndex: number): Row
}

function children(products: ProductLookup, { name, fan, make }: Children): Collection {
  const size = fan.total(products.size)
  return {
    name,
    size,
    keyField: 'id',
    idAt: index => index + 1,
    lowerBound: id => Math.min(Math.max(Math.ceil(id) - 1, 0), size),
    make: index => make(index, fan.parentOf(index)),
    under: productId => {
      const index = products.indexOf(productId)
      return index === undefined ? { from: 0, to: 0 } : fan.children(index)
    },
  }
}

function imageRow(products: ProductLookup, storeHash: string, productIndex: number, index: number): Row {
  const productId = products.idAt(productIndex)
  const position = index - imageFan.children(productIndex).from
  const stem = `https://cdn.example.com/s-${storeHash}/products/${productId}/images/${index + 1}/p${productId}`
  return {
    id: index + 1,
    product_id: productId,
    is_thumbnail: position === 0,
    sort_order: position,
    description: position === 0 ? '' : 'Detail',
    image_file: `p/${productId}-${index + 1}.jpg`,
    url_zoom: `${stem}.1280.1280.jpg`,
    url_standard: `${stem}.386.513.jpg`,
    url_thumbnail: `${stem}.220.290.jpg`,
    url_tiny: `${stem}.44.58.jpg`,
    date_modified: catalogDate(products.factsAt(productIndex).modifiedMs),
  }
}

/** What `include` adds to a product. The parts that the sandbox has no data for are there, and empty. */
export function productParts(
  products: ProductLookup,
  lists: { readonly variants: Collection; readonly images: Collection; readonly customFields: Collection },
): { readonly [name: string]: Part } {
  const { variants, images, customFields } = lists
  const imagesOf = (index: number): readonly Row[] => rows(images, imageFan.children(index))
  return {
    variants: { field: 'variants', make: index => rows(variants, variantsOf(index)) },
    images: { field: 'images', make: imagesOf },
    primary_image: { field: 'primary_image', make: index => imagesOf(index)[0] ?? null },
    custom_fields: { field: 'custom_fields', make: index => rows(customFields, customFieldFan.children(index)) },
    options: { field: 'options', make: index => optionsOf(index, products.idAt(index)) },
    modifiers: { field: 'modifiers', make: index => modifiersOf(index, products.idAt(index)) },
    channels: { field: 'channels', make: () => [1] },
    bulk_pricing_rules: { field: 'bulk_pricing_rules', make: () => [] },
    parent_relations: { field: 'parent_relations', make: () => [] },
    reviews: { field: 'reviews', make: () => [] },
    videos: { field: 'videos', make: () => [] },
  }
}

function rows(collection: Collection, range: { readonly from: number; readonly to: number }): readonly Row[] {
  const made: Row[] = []
  for (let index = range.from; index < range.to; index++) made.push(collection.make(index))
  return made
}

function modifiersOf(productIndex: number, productId: number): Json {
  if (productIndex % modifierEvery !== 0) return []
  const id = productIndex / modifierEvery + 1
  return [
    {
      id,
      product_id: productId,
      name: `Engraving${id}-${productId}`,
      display_name: 'Engraving',
      type: 'text',
      required: false,
      sort_order: 0,
      config: { default_value: '', text_characters_limited: true, text_min_length: 0, text_max_length: 30 },
      option_values: [],
    },
  ]
}
