import type { DataRecord, WriteOutcome } from '../../sdk/connector.ts'
import type { activityNames } from '../catalogue/activities.ts'
import type { ObjectFacts, Way } from '../catalogue/facts.ts'
import { catalogue, fullName, type Route, routesOf } from '../catalogue/objects.ts'
import bigcommerce from '../index.ts'
import { collectionAbove, isSamePath, keysIn, templateOf } from '../paths.ts'
import { bodyOf } from '../sandbox/body-test.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { quietContext, readPages, recordsIn } from './reading.ts'

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
  if (found[0] !== undefined || coveredRoutes(known, 'Create').length === 0) return found[0] ?? {}
  const made = await recordFor(store, 'Create', known)
  await writeOne(store, 'Create', known, made)
  return { ...made, ...store.records(fullName(known))[0] }
}

/** Keys with which an object can be read that has no list. */
export async function keysToRead(store: Sandbox, object: ObjectFacts): Promise<Keys | undefined> {
  const [route] = routesOf(object, 'Query')
  if (route === undefined || route.operation.form === 'list') return undefined
  const names = keysIn(templateOf(route))
  if (names.length === 0 || object.parent !== undefined) return undefined
  const record = await existingRecord(store, object)
  return Object.fromEntries(names.map(name => [name, keyOf(record[name] ?? record[object.key ?? 'id'] ?? 1)]))
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
  const sample = samples[`${activity} ${fullName(object)}`] ?? {}
  if (activity === 'Create') return { ...own, ...(await keysAbove(store, route.way)), ...sample }
  const existing = await existingRecord(store, object)
  const names = object.key === undefined ? keysIn(templateOf(route)) : [object.key]
  const keys = Object.fromEntries(names.map(name => [name, existing[name] ?? existing[object.key ?? 'id'] ?? 1]))
  const above = await keysAbove(store, route.way)
  return { ...(activity === 'Delete' ? existing : own), ...keys, ...above, ...sample }
}

/** Their schemas offer alternatives of which a record may have one. */
const exclusive = new Set(['promotions', 'products/complex-rules', 'customer-groups', 'locations/items', 'brands'])

/** Fields that only make sense with certain values. */
const samples: { readonly [work: string]: DataRecord } = {
  'Create price-lists/records': { variant_id: 1 },
  'Create segments/shopper-profiles': { id: '5a1f0c58-5c1d-4d3a-9c2e-000000000001' },
  'Update email-templates': { type_id: 'invoice_email' },
  'Delete email-templates': { channel_id: 1 },
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
