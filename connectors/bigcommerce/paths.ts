import type { Route } from './catalogue/objects.ts'

/** Values of the keys in a path, by the names of `keysIn`. */
export type Keys = { readonly [key: string]: string | number }

/** The path template a request goes to. */
export function templateOf({ way, operation }: Route): string {
  const template = { item: way.itemPath, item2: way.item2Path, collection: way.path }[operation.at ?? 'collection']
  return template ?? ''
}

/** Names of the keys in a template, left to right, as fields are named: `{cartId}` is `cart_id`. */
export function keysIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => fieldName(name))
}

function fieldName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** The path for those keys, each percent-encoded. */
export function fillPath(template: string, keys: Keys): string {
  return template.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(keys[fieldName(name)])))
}

/** The template of the collection whose records the last key names: `/v3/catalog/products` for `…/{product_id}/images`. */
export function collectionAbove(template: string): string {
  return template.slice(0, template.lastIndexOf('{') - 1)
}

/** Whether two templates are one path, whatever their keys are called. */
export function isSamePath(one: string, other: string): boolean {
  return unnamed(one) === unnamed(other)
}

function unnamed(template: string): string {
  return template.replace(/\{[^}]+\}/g, '{}')
}
