/** Where BigCommerce's documents are known to be wrong, for the check of requests. Written apart from the generator's overlay. */
export interface Correction {
  /** Parameters that are called required and are not. */
  readonly optional?: readonly string[]
  /** Parameters that are understood though not documented, or take more than documented. */
  readonly more?: readonly string[]
  /** The body is documented wrongly. */
  readonly body?: 'any'
}

/** By method and path, keys as `{}`. */
export const corrections: { readonly [request: string]: Correction } = {
  // The sort takes a direction after a colon: `date_created:desc`.
  'GET /v2/orders': { more: ['sort'] },
  // Any filter is enough.
  'DELETE /v3/catalog/brands': { optional: ['name'], more: ['id:in'] },
  'GET /v3/customers/subscribers': { optional: ['id'] },
  // Documented without a body, which would delete all; its siblings take a list of ids.
  'DELETE /v3/customers/metafields': { body: 'any' },
  // It requires a field that it does not have.
  'PUT /v3/abandoned-carts/settings': { body: 'any' },
  // Of several forms exactly one has to fit, but they overlap.
  'PUT /v3/inventory/locations/{}/items': { body: 'any' },
  'PUT /v3/promotions/{}': { body: 'any' },
  'GET /v3/customers': { more: ['registration_ip_address:in'] },
}
