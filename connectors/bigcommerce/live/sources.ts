import type { JsonValue } from '../../sdk/connector.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { routesOf } from '../catalogue/objects.ts'

/** A value that a field may have in this store, with the name people know it by. */
export interface Choice {
  readonly value: JsonValue
  readonly name?: string
}

/** A record of the store as it came, not checked. */
export type FoundRecord = { readonly [field: string]: unknown }

/** What one small GET tells of a store: its own fields and the values it has for some. */
export interface LiveSource {
  /** For people: `customer attributes`. */
  readonly label: string
  /** Two sources with the same path cost one request. */
  readonly path: string
  /** What a record of the answer tells. Names of things only: a value would be a customer's own. */
  choicesOf(record: FoundRecord): readonly Choice[]
}

/** More than these are not asked for: names are wanted, not all there is. */
export const mostRecords = 250

export const customerAttributes: LiveSource = {
  label: 'customer attributes',
  path: `/v3/customers/attributes?limit=${mostRecords}`,
  choicesOf: ({ id, name, type }) => choice(id, typeof type === 'string' ? `${String(name)}, ${type}` : name),
}

/** The API has no list of form fields; their names are seen where customers and addresses have values for them. */
export const formFields: LiveSource = {
  label: 'form fields',
  path: `/v3/customers/form-field-values?limit=${mostRecords}`,
  choicesOf: ({ name }) => choice(name),
}

/** Seen in the first products: there is no list of them for the whole store. */
export const customFields: LiveSource = {
  label: 'custom fields',
  path: '/v3/catalog/products?include=custom_fields&include_fields=id&limit=50',
  choicesOf: ({ custom_fields: fields }) =>
    Array.isArray(fields) ? (fields as readonly FoundRecord[]).flatMap(({ name }) => choice(name)) : [],
}

export const channels: LiveSource = {
  label: 'channels',
  path: `/v3/channels?limit=${mostRecords}`,
  choicesOf: ({ id, name }) => choice(id, name),
}

export const currencies: LiveSource = {
  label: 'currencies',
  path: `/v2/currencies?limit=${mostRecords}`,
  choicesOf: ({ currency_code: code, name }) => choice(code, name),
}

export const priceLists: LiveSource = {
  label: 'price lists',
  path: `/v3/pricelists?limit=${mostRecords}`,
  choicesOf: ({ id, name }) => choice(id, name),
}

export const orderStatuses: LiveSource = {
  label: 'order statuses',
  path: '/v2/order_statuses',
  choicesOf: ({ id, name, custom_label: label }) =>
    choice(id, typeof label === 'string' && label !== '' ? label : name),
}

export const customerGroups: LiveSource = {
  label: 'customer groups',
  path: `/v2/customer_groups?limit=${mostRecords}`,
  choicesOf: ({ id, name }) => choice(id, name),
}

/** The metafields of all records of an object; undefined for what is none or has no list of the whole store. */
export function metafieldsOf(object: ObjectFacts): Readonly<Record<'namespaces' | 'keys', LiveSource>> | undefined {
  const [route] = routesOf(object, 'Query').filter(
    ({ way, operation }) => operation.form === 'list' && way.path?.endsWith('/metafields') && !way.path.includes('{'),
  )
  if (route === undefined) return undefined
  const selection = route.operation.parameters?.['include_fields'] === undefined ? '' : '&include_fields=namespace,key'
  const path = `${route.way.path}?limit=${mostRecords}${selection}`
  return {
    namespaces: { label: 'metafields', path, choicesOf: ({ namespace }) => choice(namespace) },
    // A key means something in its namespace only.
    keys: { label: 'metafields', path, choicesOf: ({ namespace, key }) => choice(key, `in ${String(namespace)}`) },
  }
}

function choice(value: unknown, name?: unknown): readonly Choice[] {
  if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return []
  return [{ value, ...(typeof name === 'string' && name !== '' ? { name } : {}) }]
}
