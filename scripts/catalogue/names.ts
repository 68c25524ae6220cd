import type { FactSchema, Way } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { keys, names } from './overlay.ts'
import { shapeOf } from './resources.ts'

/** Roots that say nothing of the object. */
const silent = new Set(['catalog', 'storefront', 'content', 'marketing'])

/** The shape of the object above: the longest path before a key that is a resource of its own. */
function parentShapeOf(shape: string, ways: ReadonlyMap<string, Way>): string | undefined {
  const body = shape.endsWith('/{}') ? shape.slice(0, -3) : shape
  for (let end = body.lastIndexOf('/{}/'); end > 0; end = body.lastIndexOf('/{}/', end - 1)) {
    const above = body.slice(0, end)
    if (ways.has(above)) return above
    if (ways.has(`${above}/{}`)) return `${above}/{}`
    // v2 and v3 share keys: metafields of v3 orders belong to the orders of v2.
    const other = above.replace(/^\/v3\//, '/v2/')
    if (ways.has(other)) return other
  }
  return undefined
}

/** What options call an object. */
export interface Named {
  readonly name: string
  /** The object at the top, of a sub-object. */
  readonly parent?: string
}

/** The names of an object: `orders`, or `modifiers/values` below `products`. */
export function namesOf(shape: string, ways: ReadonlyMap<string, Way>): Named {
  const above = parentShapeOf(shape, ways)
  if (above === undefined) return { name: topName(shape, ways) }
  const { name, parent } = namesOf(above, ways)
  const own = names[shape] ?? nameFromPath(shape.slice(above.replace(/\/\{\}$/, '').length))
  return parent === undefined ? { name: own, parent: name } : { name: `${name}/${own}`, parent }
}

/** v2 steps back where v3 has an object of the same name. */
function topName(shape: string, ways: ReadonlyMap<string, Way>): string {
  const own = plainName(shape)
  if (!shape.startsWith('/v2/')) return own
  const isTaken = [...ways.keys()].some(
    other => other.startsWith('/v3/') && plainName(other) === own && parentShapeOf(other, ways) === undefined,
  )
  return isTaken ? `${own}-v2` : own
}

function plainName(shape: string): string {
  return names[shape] ?? nameFromPath(shape.replace(/^\/v[23]\//, ''))
}

function nameFromPath(path: string): string {
  const segments = path.split('/').filter(segment => segment !== '' && segment !== '{}')
  const telling = segments.slice(segments.findIndex(segment => !silent.has(segment)))
  return telling.join('-').replaceAll('_', '-')
}

/** `price-lists` as people read it. */
export function labelOf(name: string): string {
  const words = name.replace(/-v2$/, ' (v2)').replaceAll('-', ' ').split('/')
  return words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join(' → ')
}

/** The field of a record that holds its key: named as in the path, else `id`, else `uuid`. */
export function keyOf(shape: string, ways: readonly Way[]): string | undefined {
  const named = keys[shapeOf(shape)]
  if (named !== undefined) return named
  const fields = new Set(ways.flatMap(({ operations }) => operations.flatMap(({ record }) => fieldsOf(record))))
  const inPath = ways.flatMap(({ itemPath }) => /\{([^}]+)\}$/.exec(itemPath ?? '')?.[1] ?? [])
  return [...inPath.map(snake), 'id', 'uuid'].find(name => fields.has(name))
}

/** Documents write the name of the same key in several ways: `cartId`, `cart_id`, `template-name`. */
function snake(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
}

function fieldsOf(record: FactSchema | undefined): readonly string[] {
  return Object.keys((record?.['properties'] as object | undefined) ?? {})
}
