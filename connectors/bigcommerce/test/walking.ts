import type { DataRecord, WriteOutcome } from '../../sdk/connector.ts'
import { quietContext } from '../../sdk/quiet-context.ts'
import type { activityNames } from '../catalogue/activities.ts'
import type { ObjectFacts, Way } from '../catalogue/facts.ts'
import { catalogue, fullName, type Route, routesOf } from '../catalogue/objects.ts'
import bigcommerce from '../index.ts'
import { collectionAbove, isSamePath, keysIn, templateOf } from '../paths.ts'
import { bodyOf } from '../sandbox/body-test.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { readPages, recordsIn } from './reading.ts'

/** Forms that the connector refuses, and says so. */
const refusedForms = new Set(['multipart', 'header'])

/** Objects that have an activity, in a form the connector covers, by their names. */
export function objectsWith(activity: (typeof activityNames)[number]): readonly string[] {
  return catalogue.objects.filter(object => coveredRoutes(object, activity).length > 0).map(fullName)
}

function coveredRoutes(object: ObjectFacts, activity: (typeof activityNames)[number]): readonly Route[] {
  return routesOf(object, activity).filter(({ operation: { form } }) => !refusedForms.has(form) && form !== 'all')
}

/** The object of a name like `products/options/values`. */
export function objectNamed(name: string): ObjectFacts {
  const found = catalogue.objects.find(object => fullName(object) === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** How options name an object. */
export function optionsOf({ name, parent }: ObjectFacts): { readonly object: string; readonly subObject?: string } {
  return parent === undefined ? { object: name } : { object: parent, subObject: name }
}

type Keys = { readonly [key: string]: string | number }

/** Values for the keys above the records of a way, of a record above that the store has. */
async function keysAbove(store: Sandbox, { path = '' }: Way): Promise<Keys> {
  const names = keysIn(path)
  const last = names.at(-1)
  if (last === undefined) return {}
  const above = collectionAbove(path.slice(0, path.lastIndexOf('}') + 1))
  const parent = catalogue.objects.find(({ ways }) =>
    ways.some(({ path: own = '', itemPath = '' }) => isSame(own, above) || isSame(itemPath, `${above}/{}`)),
  )
  const record = parent === undefined ? {} : await existingRecord(store, parent)
  const own = record[last] ?? record[parent?.key ?? 'id'] ?? 1
  return { ...Object.fromEntries(names.map(name => [name, keyOf(record[name] ?? 1)])), [last]: keyOf(own) }
}

function keyOf(value: unknown): string | number {
  return typeof value === 'number' ? value : String(value)
}

/** v3 has sub-objects of orders, which are v2. */
function isSame(path: string, other: string): boolean {
  return isSamePath(path, other) || isSamePath(path, other.replace('/v3/', '/v2/'))
}

/** A record of the object that the store has, with the keys above it; made where there is none. Of checkouts: a cart. */
async function existingRecord(store: Sandbox, object: ObjectFacts): Promise<DataRecord> {
  const known = fullName(object) === 'checkouts' ? objectNamed('carts') : object
  const isListed = routesOf(known, 'Query').some(
    ({ operation: { form, required } }) => form === 'list' && required === undefined,
  )
  const found = isListed
    ? recordsIn(await readPages(store, { ...optionsOf(known), limit: 1 }))
    : store.records(fullName(known))
  // What is kept inside another record does not say in which; one that is made does.
  const isInside = !isListed && known.parent !== undefined
  if ((found[0] !== undefined && !isInside) || coveredRoutes(known, 'Create').length === 0) return found[0] ?? {}
  const before = new Set(store.keys(fullName(known)))
  const made = await recordFor(store, 'Create', known)
  await writeOne(store, 'Create', known, made)
  const fresh = store.keys(fullName(known)).findIndex(key => !before.has(key))
  return { ...made, ...store.records(fullName(known))[Math.max(0, fresh)] }
}

/** Keys with which an object can be read that has no list. */
export async function keysToRead(store: Sandbox, object: ObjectFacts): Promise<Keys | undefined> {
  const [route] = routesOf(object, 'Query')
  if (route === undefined || route.operation.form === 'list') return undefined
  const names = keysIn(templateOf(route))
  if (names.length === 0 || object.parent !== undefined) return undefined
  const record = await existingRecord(store, object)
  return Object.fromEntries(
    names.map(name => [name, keyOf(record[name] ?? record[object.key ?? 'id'] ?? ownKey(store, object, name))]),
  )
}

/**
 * A record that an activity should take: as whole as its schema allows, or what it requires only where the parts of the
 * whole exclude each other.
 */
export async function recordFor(
  store: Sandbox,
  activity: 'Create' | 'Update' | 'Delete',
  object: ObjectFacts,
): Promise<DataRecord> {
  const [route] = coveredRoutes(object, activity)
  if (route === undefined) throw new Error(`${fullName(object)} has no ${activity}`)
  const { body } = route.operation
  const wish = { mark: '4711', isSmall: exclusive.has(fullName(object)) }
  const own = activity === 'Delete' || body === undefined ? {} : (bodyOf(body, wish) as DataRecord)
  const sample = (await samples[`${activity} ${fullName(object)}`]?.(store)) ?? {}
  if (activity === 'Create') return { ...own, ...(await keysAbove(store, route.way)), ...sample }
  const existing = await existingRecord(store, object)
  const names = object.key === undefined ? keysIn(templateOf(route)) : [object.key]
  const keys = Object.fromEntries(names.map(name => [name, existing[name] ?? existing[object.key ?? 'id'] ?? 1]))
  const parents = keysIn(route.way.path ?? '').filter(name => existing[name] !== undefined)
  const above = {
    ...(await keysAbove(store, route.way)),
    ...Object.fromEntries(parents.map(name => [name, existing[name] ?? 1])),
  }
  return { ...(activity === 'Delete' ? existing : own), ...keys, ...above, ...sample }
}

/** Their schemas offer alternatives of which a record may have one. */
const exclusive = new Set(['promotions', 'products/complex-rules', 'customer-groups', 'locations/items', 'brands'])

/** The first channel is there from the start; other keys of records that do not hold them are the store's to tell. */
function ownKey(store: Sandbox, object: ObjectFacts, name: string): string | number {
  return name === 'channel_id' ? 1 : (store.keys(fullName(object))[0] ?? 1)
}

/** Fields that only make sense with certain values: mostly keys of what the store has. */
const samples: { readonly [work: string]: (store: Sandbox) => DataRecord | Promise<DataRecord> } = {
  'Create price-lists/records': store => ({ variant_id: firstId(store, 'products/variants') }),
  'Create segments/shopper-profiles': () => ({ id: '5a1f0c58-5c1d-4d3a-9c2e-000000000001' }),
  'Create orders/shipments': store => goodsToShip(store),
  'Create checkouts/billing-address': () => ({ phone: '+15551234567' }),
  'Create promotions': () => promotion,
  'Update promotions': () => promotion,
  'Update checkouts/billing-address': () => ({ phone: '+15551234567' }),
  'Update checkouts/consignments': () => ({
    address: { country_code: 'US', email: 'ada@example.com', phone: '+15551234567' },
  }),
  'Update locations/items': store => ({ identity: { variant_id: firstId(store, 'products/variants') } }),
  'Delete email-templates': () => ({ channel_id: 1 }),
  // Items are kept inside their cart.
  'Update carts/items': store => itemOfCart(store),
  'Delete carts/items': store => itemOfCart(store),
}

const promotion: DataRecord = {
  redemption_type: 'AUTOMATIC',
  name: 'Ten percent off',
  rules: [{ action: { cart_value: { discount: { percentage_amount: '10' } } } }],
}

function firstId(store: Sandbox, name: string): number {
  return Number(store.records(name)[0]?.['id'])
}

function itemOfCart(store: Sandbox): DataRecord {
  const [cart] = store.records('carts')
  const { physical_items: items } = (cart?.['line_items'] ?? {}) as { readonly physical_items?: readonly DataRecord[] } // of the sandbox
  return { cart_id: String(cart?.['id']), id: String(items?.[0]?.['id']) }
}

/** Something of an order that is still to be shipped. */
async function goodsToShip(store: Sandbox): Promise<DataRecord> {
  const lines = recordsIn(await readPages(store, { object: 'orders', subObject: 'products' }))
  const line = lines.find(
    each => each['order_address_id'] !== 0 && Number(each['quantity_shipped']) < Number(each['quantity']),
  )
  return {
    order_id: Number(line?.['order_id']),
    order_address_id: Number(line?.['order_address_id']),
    items: [{ order_product_id: Number(line?.['id']), quantity: 1 }],
  }
}

/** Writes one record. */
export async function writeOne(
  { url: apiUrl, storeHash, accessToken }: Sandbox,
  activity: 'Create' | 'Update' | 'Delete',
  object: ObjectFacts,
  record: DataRecord,
): Promise<WriteOutcome | undefined> {
  const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())
  const target = bigcommerce.activities[activity]
  if (target?.role !== 'target') throw new Error(`${activity} is no target`)
  try {
    const [outcome] = await target.write(connection, [record], optionsOf(object), quietContext())
    return outcome
  } finally {
    await connection.close()
  }
}
