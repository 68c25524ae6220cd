/**
 * What the documents do not say, or say wrongly. Every entry has its source: [D] prose of BigCommerce's documents
 * (bigcommerce/docs, April 2026), [O] observed by a third party against the service, [N] our own choice of a name or kind.
 */

/** A request by method and path, keys as `{}`: `PUT /v3/catalog/products`. */
type RequestKey = string

/** POST-only or GET-only paths that do something instead of holding records [N]. */
export const commands: readonly string[] = [
  '/v3/carts/{}/redirect_urls',
  '/v3/checkouts/{}/orders',
  '/v3/checkouts/{}/token',
  '/v2/customers/{}/validate',
  '/v3/customers/validate-credentials',
  '/v3/infrastructure/deployments/uploads',
  '/v3/inventory/adjustments/absolute',
  '/v3/inventory/adjustments/relative',
  '/v3/orders/{}/payment_actions/capture',
  '/v3/orders/{}/payment_actions/refund_quotes',
  '/v3/orders/{}/payment_actions/void',
  '/v3/payments/access_tokens',
  '/v3/pickup/options',
  '/v3/pricing/products',
  '/v3/promotions/{}/codegen',
  '/v3/storefront/redirects/imex/export',
  '/v3/storefront/redirects/imex/import',
  '/v3/storefront/api-token-customer-impersonation',
  '/v3/storefront/api-token-private',
  '/v3/tax/zonecheck',
  '/v3/themes/actions/activate',
  '/v3/themes/{}/actions/download',
  '/v3/themes/{}/configurations/validate',
  '/v3/content/widget-templates/{}/preview',
]

/** Lists whose documented answer is a single record [D: the siblings are lists; O for the bulk pricing rules]. */
export const lists: readonly string[] = [
  '/v3/carts/{}/metafields',
  '/v3/channels/{}/metafields',
  '/v3/catalog/products/{}/bulk-pricing-rules',
  '/v2/orders/{}/fees',
  '/v2/orders/{}/consignments/shipping/{}/shipping_quotes',
  '/v2/orders/{}/shipping_addresses/{}/shipping_quotes',
]

/** Answers that stand in `data`, although the document shows them bare [D: all siblings]. */
export const inData: readonly string[] = ['/v3/channels/{}/metafields', '/v3/channels/{}/metafields/{}']

/** Parameters documented as any whole number that are 1 or 0 [D: their texts, of the list of products]. */
export const flags: readonly string[] = ['inventory_low', 'is_free_shipping', 'out_of_stock']

/** PUTs that create what is not there [D], by the texts of the requests. */
export const upserts: readonly RequestKey[] = [
  'PUT /v3/catalog/trees',
  'PUT /v3/catalog/products/category-assignments',
  'PUT /v3/catalog/products/channel-assignments',
  'PUT /v3/channels/{}/site/checkout-url',
  'PUT /v3/customers/attribute-values',
  'PUT /v3/customers/form-field-values',
  'PUT /v3/pricelists/records',
  'PUT /v3/pricelists/{}/assignments',
  'PUT /v3/pricelists/{}/records',
  'PUT /v3/settings/search/filters/contexts',
  'PUT /v3/shipping/products/customs-information',
  'PUT /v3/sites/{}/routes',
  'PUT /v3/storefront/custom-template-associations',
  'PUT /v3/storefront/redirects',
  'PUT /v3/tax/customers',
  'PUT /v3/tax/products/properties',
]

/** Requests whose body is an object that holds the records, and the field that does [D]. */
export const holders: { readonly [request: RequestKey]: string } = {
  'PUT /v3/inventory/locations/{}/items': 'settings',
}

/** Required parameters that are not [O]: any filter is enough for brands, none is needed for subscribers. */
export const optionalParameters: { readonly [request: RequestKey]: readonly string[] } = {
  'DELETE /v3/catalog/brands': ['name'],
  'GET /v3/customers/subscribers': ['id'],
}

/** A DELETE that the document shows without a body, which would delete everything; its siblings take ids [D]. */
export const bodiesOfDeletes: { readonly [request: RequestKey]: object } = {
  'DELETE /v3/customers/metafields': { type: 'array', items: { type: 'integer' } },
}

/** Parameters whose documented type is wrong: `sort` of orders takes a direction with a colon [D, O], addresses are texts. */
export const parameterTypes: {
  readonly [request: RequestKey]: { readonly [name: string]: 'text' | 'texts' | 'integers' }
} = {
  // The document has this filter only on the GET [O].
  'DELETE /v3/catalog/brands': { 'id:in': 'integers' },
  'GET /v2/orders': { sort: 'text' },
  'GET /v3/customers': { 'registration_ip_address:in': 'texts' },
}

/** Fields without which the service refuses a record, although the document does not require them [O]. */
export const requiredFields: { readonly [request: RequestKey]: readonly string[] } = {
  'PUT /v3/customers/{}/consent': ['allow', 'deny'],
  'POST /v3/inventory/locations': ['managed_by_external_source', 'time_zone'],
}

/** Fields that come back with another type than the document says [O]. */
export const answerTypes: { readonly [request: RequestKey]: { readonly [field: string]: string } } = {
  'GET /v3/catalog/summary': { lowest_variant_price: 'number' },
}

/** Lists that are read on by the last id instead of a page [O]. */
export const keysets: readonly string[] = ['/v3/channels/{}/listings']

/** Most records in one request [D; O for trees/categories]. Where nothing is stated, ten. */
export const batches: { readonly [request: RequestKey]: number } = {
  'PUT /v3/catalog/products': 10,
  'DELETE /v3/catalog/products': 250,
  'PUT /v3/catalog/variants': 50,
  'PUT /v3/catalog/trees': 50,
  'POST /v3/catalog/trees/categories': 50,
  'PUT /v3/catalog/trees/categories': 50,
  'POST /v3/customers': 10,
  'PUT /v3/customers': 10,
  'PUT /v3/customers/attribute-values': 10,
  'POST /v3/customers/attributes': 10,
  'PUT /v3/customers/attributes': 10,
  'DELETE /v2/customers': 100,
  'PUT /v3/shipping/products/customs-information': 50,
  'POST /v3/tax/classes': 50,
  'PUT /v3/tax/classes': 50,
  'DELETE /v3/tax/classes': 50,
  'POST /v3/segments/{}/shopper-profiles': 50,
  'POST /v3/orders/pickups': 100,
  'POST /v3/pickup/methods': 100,
  'PUT /v3/pickup/methods': 10,
  'PUT /v3/storefront/custom-template-associations': 100,
  'POST /v3/pricelists/{}/records': 100,
  'PUT /v3/pricelists/{}/records': 1000,
  'POST /v3/pricelists/records': 100,
  'PUT /v3/pricelists/records': 100,
  'POST /v3/pricelists/assignments': 25,
  'PUT /v3/inventory/locations/{}/items': 2000,
  'DELETE /v3/promotions/{}/codes': 250,
}

/** Most such requests at the same time [D: texts of the requests]. */
export const concurrencies: { readonly [request: RequestKey]: number } = {
  'PUT /v3/pricelists/records': 1,
  'DELETE /v3/pricelists/{}': 1,
  'GET /v3/catalog/trees/{}/categories': 1,
  // The guide says 1, the request's own text 2.
  'PUT /v3/pricelists/{}/records': 1,
  'PUT /v3/customers': 3,
  'PUT /v3/customers/addresses': 3,
  'POST /v3/customers/attributes': 3,
  'PUT /v3/customers/attributes': 3,
  'PUT /v3/customers/attribute-values': 3,
  'POST /v3/customers/addresses': 10,
  'PUT /v3/customers/form-field-values': 10,
  'POST /v3/pricelists/records': 10,
  'POST /v3/pricelists/{}/records': 10,
  'GET /v3/pricelists/{}/records': 10,
  'POST /v3/segments': 10,
  'PUT /v3/segments': 10,
  'POST /v3/segments/{}/shopper-profiles': 10,
  'GET /v3/promotions/{}/codes': 10,
  'POST /v3/promotions/{}/codes': 40,
  'DELETE /v3/promotions/{}/codes': 40,
  'DELETE /v3/promotions/{}/codes/{}': 40,
  'DELETE /v3/pricelists/{}/records/{}/{}': 25,
  'PUT /v3/pricelists/{}/assignments': 25,
  'GET /v3/pricelists/{}/records/{}': 40,
  'PUT /v3/pricelists/{}/records/{}/{}': 40,
  'GET /v3/pricelists/{}/records/{}/{}': 50,
  'GET /v3/promotions': 40,
  'POST /v3/promotions': 40,
  'DELETE /v3/promotions': 40,
  'GET /v3/promotions/{}': 40,
  'PUT /v3/promotions/{}': 40,
  'DELETE /v3/promotions/{}': 40,
  'GET /v3/promotions/codes': 40,
  'DELETE /v3/promotions/codes': 40,
  'GET /v3/catalog/categories': 40,
  'GET /v3/catalog/categories/{}': 40,
  'PUT /v3/catalog/categories/{}': 40,
  'DELETE /v3/catalog/categories/{}': 40,
  'GET /v2/customer_groups': 40,
  'POST /v2/customer_groups': 40,
  'DELETE /v2/customer_groups/{}': 40,
  'GET /v3/inventory/locations': 50,
  'POST /v3/inventory/locations': 50,
  'PUT /v3/inventory/locations': 50,
}

/**
 * Paths that are another way to an object although they do not have its name [N]. Tax classes are written in v3 and can
 * be read in v2 only [D].
 */
export const twins: { readonly [path: string]: string } = {
  '/v2/tax_classes': '/v3/tax/classes',
  '/v3/catalog/variants': '/v3/catalog/products/{}/variants',
  '/v3/catalog/variants/metafields': '/v3/catalog/products/{}/variants/{}/metafields',
}

/** Paths that look like another way to a sub-object, but hold something else [D]: the tree's is nested, this one flat. */
export const noTwins: readonly string[] = ['/v3/catalog/trees/categories']

/** Names that people use, where the path gives another [N]. */
export const names: { readonly [path: string]: string } = {
  '/v3/catalog/trees': 'category-trees',
  '/v3/catalog/trees/categories': 'tree-categories',
  '/v3/catalog/summary': 'catalog-summary',
  '/v3/catalog/products/category-assignments': 'product-category-assignments',
  '/v3/catalog/products/channel-assignments': 'product-channel-assignments',
  '/v3/hooks': 'webhooks',
  '/v3/hooks/admin': 'webhook-notifications',
  '/v3/pricelists': 'price-lists',
  '/v3/content/pages': 'pages',
  '/v3/content/scripts': 'scripts',
  '/v3/content/widgets': 'widgets',
  '/v3/content/widget-templates': 'widget-templates',
  '/v3/content/placements': 'placements',
  '/v3/content/regions': 'regions',
  '/v3/content/page-widgets': 'page-widgets',
  '/v3/storefront/redirects': 'redirects',
  '/v3/storefront/redirects/imex/jobs': 'redirect-jobs',
  '/v3/storefront/custom-template-associations': 'custom-template-associations',
  '/v3/storefront/api-token': 'storefront-api-tokens',
  '/v3/customers/addresses': 'customer-addresses',
  '/v3/customers/attributes': 'customer-attributes',
  '/v3/customers/attribute-values': 'customer-attribute-values',
  '/v3/customers/form-field-values': 'customer-form-field-values',
  '/v3/customers/subscribers': 'subscribers',
  '/v3/marketing/abandoned-cart-emails': 'abandoned-cart-emails',
  '/v3/marketing/email-templates': 'email-templates',
  '/v3/marketing/abandoned-cart-emails/default': 'abandoned-cart-email-default',
  '/v3/marketing/abandoned-cart-emails/settings': 'abandoned-cart-email-settings',
  '/v2/payments/methods': 'payment-methods',
  '/v3/payments/methods': 'payment-methods',
  '/v3/orders/{}/payment_actions/refunds': 'refunds',
  '/v3/inventory/locations/{}/items': 'items',
  '/v3/inventory/items': 'inventory-items',
  '/v3/inventory/locations': 'locations',
  '/v3/orders/payment_actions/refunds': 'refunds',
  '/v3/orders/pickups': 'pickups',
  '/v3/pickup/methods': 'pickup-methods',
  '/v3/promotions/codes': 'promotion-codes',
  '/v3/store/systemlogs': 'store-logs',
  '/v2/blog/posts': 'blog-posts',
  '/v2/blog/tags': 'blog-tags',
  '/v2/orders/{}/consignments/shipping/{}/shipping_quotes': 'consignment-shipping-quotes',
  '/v2/orders/{}/shipping_addresses/{}/shipping_quotes': 'shipping-quotes',
}

/** The field of a record that holds its key, where it is neither the name in the path nor `id` nor `uuid` [D]. */
export const keys: { readonly [path: string]: string } = {
  '/v3/marketing/email-templates': 'type_id',
  '/v2/orders/{}/products': 'id',
  '/v3/catalog/trees/categories': 'category_id',
  '/v3/checkouts/{}/coupons': 'coupon_code',
}
