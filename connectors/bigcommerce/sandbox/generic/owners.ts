import type { ObjectFacts, Way } from '../../catalogue/facts.ts'

/** The name of an object with that of the one above it: `products/images`. */
export function nameOf({ name, parent }: ObjectFacts): string {
  return parent === undefined ? name : `${parent}/${name}`
}

/** A path with its keys made nameless: `/v3/catalog/products/{id}`. */
export function plainPath(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, '{id}')
}

/** Tells whose keys stand in a path: the name of an object for each key, undefined for what is no object. */
export type Owners = (path: string) => readonly (string | undefined)[]

/** Keys of objects at paths that are not the path of one of their records. */
const elsewhere: { readonly [path: string]: string } = {
  '/v3/orders/{id}': 'orders',
  '/v3/checkouts/{id}': 'carts',
  '/v3/customers/{id}': 'customers',
}

/** Reads the owners of keys out of the paths of the catalogue. */
export function createOwners(objects: readonly ObjectFacts[]): Owners {
  const known = new Map(Object.entries(elsewhere))
  for (const object of objects) {
    for (const way of object.ways) {
      if (way.kind === 'keyed') continue
      if (way.path !== undefined && !known.has(`${plainPath(way.path)}/{id}`)) {
        known.set(`${plainPath(way.path)}/{id}`, nameOf(object))
      }
      if (way.itemPath !== undefined) known.set(plainPath(way.itemPath), nameOf(object))
    }
  }
  return path => {
    const plain = plainPath(path)
    return prefixesOf(plain).map(prefix => (prefix.endsWith('/channels/{id}') ? 'channels' : known.get(prefix)))
  }
}

/** Objects whose records name one above them, though no path leads there. */
export const belongs: { readonly [name: string]: { readonly to: string; readonly by: string } } = {
  'customer-addresses': { to: 'customers', by: 'customer_id' },
  'customer-attribute-values': { to: 'customers', by: 'customer_id' },
  'product-category-assignments': { to: 'products', by: 'product_id' },
  'product-channel-assignments': { to: 'products', by: 'product_id' },
  'shipping-products-customs-information': { to: 'products', by: 'product_id' },
  'tax-products-properties': { to: 'products', by: 'product_id' },
  'tax-customers': { to: 'customers', by: 'customer_id' },
}

/** The beginnings of a path that end with a key. */
function prefixesOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.flatMap((part, at) => (part === '{id}' ? [parts.slice(0, at + 1).join('/')] : []))
}

/** What a record is read and listed by: the path of the collection, or that of the key where there is no collection. */
export function homePath(way: Way): string {
  return way.path ?? way.itemPath ?? ''
}

/** The last key of a path in the terms of fields: `cart_id` for `{cartId}`. */
export function lastKey(path: string): string | undefined {
  const found = [...path.matchAll(/\{([^}]+)\}/g)].at(-1)?.[1]
  return found?.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`).replaceAll('-', '_')
}
