/** By what a record of an object is known again in the store. */
export interface Recognition {
  /** The first name all of whose leading field a record has is used. */
  readonly names: readonly Name[]
  /** The field that says when the store made a record. */
  readonly created?: string
}

/** Fields that name a record; the first one must be stated, the others count where they are. */
export interface Name {
  /** Dots lead into objects. Empty: whatever is new in the list. */
  readonly fields: readonly string[]
  /**
   * Who sees to it that no two records are called so. `store`: it refuses a second one. `owner`: a number the owner
   * gives. `nobody`: then only what was made since the request was sent, and is the same in every field, can be ours.
   */
  readonly uniqueBy: 'store' | 'owner' | 'nobody'
  /** The list's filter for the first field, where it is called otherwise. */
  readonly filter?: string
}

const metafields: Recognition = { names: [store('key', 'namespace')], created: 'date_created' }

/**
 * Where a Create (or an Update that makes something) may have been applied although nobody heard the answer. An object
 * that is not here, or that no list brings, cannot be settled. What the store keeps unique is from the notes of its
 * documents and from what others saw refused (409, 422); where that is not known it is `nobody`.
 */
const recognitions: { readonly [object: string]: Recognition } = {
  banners: { names: [shared('name')], created: 'date_created' },
  'blog-posts': { names: [shared('url'), shared('title')] },
  brands: { names: [store('name')] },
  'carts/metafields': metafields,
  'brands/metafields': metafields,
  categories: { names: [store('name', 'parent_id')] },
  'categories/metafields': metafields,
  'category-trees': { names: [store('name')] },
  channels: { names: [shared('name')], created: 'date_created' },
  'channels/listings': { names: [store('product_id')], created: 'date_created' },
  'channels/metafields': metafields,
  coupons: { names: [store('code')], created: 'date_created' },
  currencies: { names: [store('currency_code')] },
  // An address that is the same in its core fields is not made again (customers.v3), so it does no harm.
  'customer-addresses': { names: [store('customer_id', 'address1', 'first_name', 'last_name', 'postal_code')] },
  'customer-attributes': { names: [store('name')], created: 'date_created' },
  'customer-groups': { names: [shared('name')], created: 'date_created' },
  customers: { names: [store('email')], created: 'date_created' },
  'customers/metafields': metafields,
  'customers-v2': { names: [store('email')], created: 'date_created' },
  'customers-v2/addresses': { names: [shared('street_1', 'zip')] },
  'gift-certificates': { names: [store('code'), shared('to_email')], created: 'purchase_date' },
  locations: { names: [store('code')] },
  'locations/metafields': metafields,
  orders: {
    names: [
      owner('external_order_id'),
      { ...shared('billing_address.email'), filter: 'email' },
      shared('customer_id'),
      shared(),
    ],
    created: 'date_created',
  },
  'orders/metafields': metafields,
  'orders/refunds': { names: [shared()], created: 'created' },
  'orders/shipments': { names: [shared('order_address_id')], created: 'date_created' },
  pages: { names: [shared('name', 'channel_id')] },
  'pages-v2': { names: [shared('name')] },
  'pickup-methods': { names: [shared('display_name')], created: 'date_created' },
  placements: { names: [shared('widget_uuid', 'template_file')], created: 'date_created' },
  'price-lists': { names: [store('name')], created: 'date_created' },
  'price-lists/assignments': { names: [store('price_list_id', 'customer_group_id', 'channel_id')] },
  'price-lists/records': { names: [store('variant_id', 'currency')], created: 'date_created' },
  products: { names: [store('sku'), store('name')], created: 'date_created' },
  'products/bulk-pricing-rules': { names: [store('quantity_min', 'quantity_max')] },
  'products/custom-fields': { names: [shared('name', 'value')] },
  // The URL that was sent is not what comes back; with every change of an image its date changes.
  'products/images': { names: [shared('description'), shared()], created: 'date_modified' },
  'products/metafields': metafields,
  'products/modifiers': { names: [store('display_name')] },
  'products/modifiers/values': { names: [store('label')] },
  'products/options': { names: [store('display_name')] },
  'products/options/values': { names: [store('label')] },
  'products/reviews': { names: [shared('title', 'name')], created: 'date_created' },
  'products/variants': { names: [store('sku')] },
  'products/variants/metafields': metafields,
  'products/videos': { names: [shared('video_id')] },
  promotions: { names: [shared('name')] },
  'promotions/codes': { names: [store('code')], created: 'created' },
  'redirects-v2': { names: [store('path')] },
  scripts: { names: [shared('name')], created: 'date_created' },
  segments: { names: [shared('name')], created: 'created_at' },
  'shipping-zones': { names: [shared('name')] },
  'shipping-zones/methods': { names: [shared('name')] },
  'shopper-profiles': { names: [store('customer_id')], created: 'created_at' },
  sites: { names: [store('channel_id')], created: 'created_at' },
  'sites/routes': { names: [store('matching', 'type')] },
  'store-metafields': metafields,
  subscribers: { names: [store('email')], created: 'date_created' },
  'tax-classes': { names: [store('name')] },
  'tax-properties': { names: [store('code')] },
  'tax-rates': { names: [shared('name', 'tax_zone_id')] },
  'tax-zones': { names: [shared('name')] },
  'tree-categories': { names: [store('name', 'parent_id', 'tree_id')] },
  webhooks: { names: [store('destination', 'scope')], created: 'created_at' },
  widgets: { names: [shared('name')], created: 'date_created' },
  'widget-templates': { names: [shared('name')], created: 'date_created' },
  wishlists: { names: [shared('name', 'customer_id')] },
}

/** How records of the object are known again; undefined: they are not. */
export function recognitionOf(object: string): Recognition | undefined {
  return Object.hasOwn(recognitions, object) ? recognitions[object] : undefined
}

/** Objects that are upserted by their names: those of others are not theirs alone, or no filter finds them. */
const upserted = new Set([
  'brands',
  'categories',
  'coupons',
  'customer-attributes',
  'customers',
  'customers-v2',
  'gift-certificates',
  'price-lists',
  'products',
  'products/variants',
  'subscribers',
  'tree-categories',
  'webhooks',
])

/** What people know the records of an object by, where the store keeps that unique. */
export function naturalKeyOf(object: string): readonly string[] | undefined {
  if (!upserted.has(object)) return undefined
  return recognitionOf(object)?.names.find(({ uniqueBy }) => uniqueBy === 'store')?.fields
}

/** Names of the objects of the table; for the page that is made of it. */
export const recognizedObjects: readonly string[] = Object.keys(recognitions).sort()

function store(...fields: readonly string[]): Name {
  return { fields, uniqueBy: 'store' }
}

function owner(...fields: readonly string[]): Name {
  return { fields, uniqueBy: 'owner' }
}

function shared(...fields: readonly string[]): Name {
  return { fields, uniqueBy: 'nobody' }
}
