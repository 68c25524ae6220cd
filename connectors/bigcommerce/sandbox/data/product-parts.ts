import { type Collection, type Part, type Row, rowsUnder } from './collection.ts'
import { catalogDate } from './dates.ts'
import { createFan, type Fan } from './fan.ts'
import { kinds, randomOf } from './random.ts'
import type { ProductLookup } from './variants.ts'
import { materials, modes } from './words.ts'

const imageFan = createFan([1, 2, 1, 4, 1, 2, 3, 0, 1, 2])
const customFieldFan = createFan([2, 1, 0, 3, 2, 1, 2])
const modifierFan = createFan([1, ...Array.from({ length: 24 }, () => 0)])

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
    parentIdAt: index => products.idAt(fan.parentOf(index)),
    under: productId => {
      const index = products.indexOf(productId)
      return index === undefined ? [] : [fan.children(index)]
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

/** What `include` adds to a product. */
export function productParts(under: (list: PartList) => Collection): { readonly [name: string]: Part } {
  const all =
    (list: PartList): Part['make'] =>
    (_, { id }) =>
      rowsUnder(under(list), Number(id))
  return {
    ...Object.fromEntries(partLists.map(list => [list, { field: list, make: all(list) }])),
    primary_image: { field: 'primary_image', make: (_, { id }) => rowsUnder(under('images'), Number(id))[0] ?? null },
    channels: { field: 'channels', make: () => [1] },
    parent_relations: { field: 'parent_relations', make: () => [] },
  }
}

const partLists = [
  'variants',
  'images',
  'custom_fields',
  'options',
  'modifiers',
  'bulk_pricing_rules',
  'reviews',
  'videos',
] as const

/** The lists under a product that `include` adds to it, by the name they have there. */
export type PartList = (typeof partLists)[number]

/** The modifiers of all products. */
export function createModifiers(products: ProductLookup): Collection {
  return children(products, {
    name: 'modifiers',
    fan: modifierFan,
    make: (index, productIndex) => modifierRow(index + 1, products.idAt(productIndex)),
  })
}

function modifierRow(id: number, productId: number): Row {
  return {
    id,
    product_id: productId,
    name: `Engraving${id}-${productId}`,
    display_name: 'Engraving',
    type: 'text',
    required: false,
    sort_order: 0,
    config: { default_value: '', text_characters_limited: true, text_min_length: 0, text_max_length: 30 },
    option_values: [],
  }
}
