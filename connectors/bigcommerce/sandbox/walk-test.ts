import type { ObjectFacts, Operation, Way } from '../catalogue/facts.ts'
import { bodyOf } from './body-test.ts'
import type { Row } from './data/collection.ts'
import { catalogue } from './generic/ledger.ts'
import { createOwners, nameOf } from './generic/owners.ts'
import type { Sandbox } from './sandbox.ts'
import { type Ask, ask, type Reply } from './sandbox-test.ts'

const owners = createOwners(catalogue.objects)

/** A product with options, for there are products without. */
const withOptions = '4'
const withModifiers = '1'

/** The key of a record that is there, to be put into a path after what stands before it. */
async function keyAt(store: Sandbox, name: string, before: string): Promise<string> {
  if (name === 'products') return before.endsWith('modifiers') ? withModifiers : withOptions
  if (name === 'orders') return String(await orderWith(store))
  if (before.endsWith('/consignments/shipping')) return placeToShipTo(store, before)
  const object = catalogue.objects.find(one => nameOf(one) === name)
  const listed = object?.ways.some(
    ({ path, operations }) => path !== undefined && operations.some(({ form }) => form === 'list'),
  )
  const { body } = listed && before.split('/').length > 2 ? await ask(store, before) : { body: undefined }
  const rows = body?.data ?? body
  const row = Array.isArray(rows) ? rows[0] : undefined
  return String(row?.[object?.key ?? 'id'] ?? store.keys(name)[0] ?? '1')
}

/** A shipping consignment is told by the address it goes to. */
async function placeToShipTo(store: Sandbox, before: string): Promise<string> {
  const { body } = await ask(store, before.replace('consignments/shipping', 'shipping_addresses'))
  return String(body[0].id)
}

/** An order of which something was shipped and something was not. */
async function orderWith(store: Sandbox): Promise<number> {
  for (const { id, items_shipped: shipped, items_total: total } of store.records('orders')) {
    if (Number(shipped) > 0 && Number(shipped) < Number(total)) return Number(id)
  }
  throw new Error('no order of the store is partially shipped')
}

/** A path of the catalogue with keys of records that are there. */
export async function filled(store: Sandbox, path: string, name: string, own?: string): Promise<string> {
  const names = owners(path)
  const keys = [...path.matchAll(/\{[^}]+\}/g)]
  const [first, second = first] = own?.split('/') ?? []
  let made = ''
  let end = 0
  let used = first
  for (const [at, key] of keys.entries()) {
    made += path.slice(end, key.index)
    end = key.index + key[0].length
    const isOwn = names[at] === undefined || names[at] === name
    const before = made.replace(/\/$/, '')
    const hint = path.includes('/modifiers') && names[at] === 'products' ? `${before}/modifiers` : before
    made += isOwn && used !== undefined ? used : await keyAt(store, names[at] ?? name, hint)
    if (isOwn) used = second
  }
  return made + path.slice(end)
}

/** Where a request of an object goes. */
export function pathOf(way: Way, { at }: Operation): string {
  return (at === 'item' ? way.itemPath : at === 'item2' ? way.item2Path : way.path) ?? ''
}

/** Values of fields that must be those of something that is there. */
async function references(
  store: Sandbox,
  object: ObjectFacts,
  way: Way,
): Promise<{ readonly [field: string]: unknown }> {
  const [parent] = owners(object.ways[0]?.path ?? '').slice(-1)
  const above = parent === undefined ? '1' : await keyAt(store, parent, `/none/${parent}`)
  return {
    order_id: await orderWith(store),
    price_list_id: 1,
    identity: { variant_id: Number(store.records('products/variants')[0]?.['id']) },
    ...(way.path === '/v2/orders' ? newOrder : {}),
    variant_id: Number(store.records('products/variants')[0]?.['id']),
    category_id: 1,
    id: store.records(nameOf(object))[0]?.['id'] ?? 1,
    resource_id: /^\d+$/.test(above) ? Number(above) : above,
    ...(way.path === '/v2/orders/{order_id}/shipments' ? await goodsToShip(store) : {}),
  }
}

const newOrder = {
  products: [{ product_id: 1, quantity: 2 }],
  billing_address: { first_name: 'Ada', zip: '1000', email: 'ada@example.com' },
}

async function goodsToShip(store: Sandbox): Promise<{ readonly [field: string]: unknown }> {
  const path = `/v2/orders/${await orderWith(store)}`
  const { body: lines } = await ask(store, `${path}/products`)
  const line = lines.find(
    (one: Row) => one['order_address_id'] !== 0 && Number(one['quantity_shipped']) < Number(one['quantity']),
  )
  return { order_address_id: line.order_address_id, items: [{ order_product_id: line.id, quantity: 1 }] }
}

/** Sends a request of an object with a body that its schema takes. */
export async function send(
  store: Sandbox,
  object: ObjectFacts,
  way: Way,
  operation: Operation,
  own?: string,
): Promise<Reply> {
  const name = nameOf(object)
  const path = await filled(store, pathOf(way, operation), name, own ?? (await ownKey(store, name, operation)))
  const json = operation.body === undefined ? undefined : await bodyFor(store, object, way, operation)
  const sent: Ask = { method: operation.method, ...(json === undefined || operation.form === 'filter' ? {} : { json }) }
  return ask(store, path + (await filtersFor(store, name, path, operation)), sent)
}

/** Keys that are not those of the object's own records: what a cart or a wishlist holds is kept inside it. */
async function ownKey(store: Sandbox, name: string, { at }: Operation): Promise<string | undefined> {
  if (at === undefined) return undefined
  if (name === 'carts/items')
    return String((store.records('carts')[0] as Reply['body']).line_items.physical_items[0].id)
  if (name === 'wishlists/items') return String((store.records('wishlists')[0] as Reply['body']).items[0].id)
  const [record] = store.records(name)
  return at === 'item2' ? `${record?.['variant_id']}/${record?.['currency']}` : undefined
}

/** Filters that must be there, and one that names a record to be deleted, with a key of a record that is there. */
async function filtersFor(store: Sandbox, name: string, path: string, operation: Operation): Promise<string> {
  const names = new Set(operation.required ?? [])
  const parameters = Object.keys(operation.parameters ?? {})
  const byKey = parameters.find(parameter => /^(id|product_id|customer_id|variant_id):in$/.test(parameter))
  if (operation.form === 'filter' && byKey !== undefined) names.add(byKey)
  if (names.size === 0) return ''
  const listed = path.startsWith('/v3/promotions/') ? (await ask(store, path)).body?.data?.[0] : undefined
  const row = listed ?? store.records(name)[0] ?? {}
  const pairs = [...names].map(parameter => {
    const field = parameter.replace(/:.*/, '')
    return `${parameter}=${row[field] ?? store.keys(name)[0] ?? 1}`
  })
  return `?${pairs.join('&')}`
}

async function bodyFor(store: Sandbox, object: ObjectFacts, way: Way, operation: Operation): Promise<unknown> {
  const made = bodyOf(operation.body ?? {}, {
    mark: '77',
    isSmall: operation.method === 'POST' && way.path?.includes('/orders') === true,
  })
  const known = await references(store, object, way)
  const one = isObject(made) ? withKnown(made, known, operation) : made
  if (operation.form === 'body') return keysToDelete(store, object, made)
  if (operation.form === 'array') return [one]
  return operation.form === 'holder' ? { [operation.holder ?? '']: [one] } : one
}

function keysToDelete(store: Sandbox, object: ObjectFacts, made: unknown): unknown {
  const [key = '1'] = store.keys(nameOf(object))
  if (Array.isArray(made)) return [/^\d+$/.test(key) ? Number(key) : key]
  return isObject(made) && 'ids' in made ? { ids: [key] } : made
}

function withKnown(made: object, known: { readonly [field: string]: unknown }, operation: Operation): unknown {
  const isText = (name: string): boolean => typeof Reflect.get(made, name) === 'string'
  const names = Object.keys(known).filter(name => {
    const isKey = operation.method === 'PUT' && operation.form === 'array' && operation.upsert !== true && name === 'id'
    return isKey || name in made || name === 'order_address_id' || name === 'items' || name in newOrder
  })
  return { ...made, ...Object.fromEntries(names.map(name => [name, isText(name) ? String(known[name]) : known[name]])) }
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
