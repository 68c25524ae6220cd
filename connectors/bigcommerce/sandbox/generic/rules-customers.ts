import type { Json, Row } from '../data/collection.ts'
import { zuluDate } from '../data/dates.ts'
import { type Change, type Draft, dropped, type Refusal, type Rule, refuse } from './change.ts'
import { isRow } from './defaults.ts'
import { createRecord, idsUnder } from './store-record.ts'

/** What sets the customers and what belongs to them apart. */
export const customerRules: { readonly [name: string]: Rule } = {
  customers: {
    unique: [
      {
        fields: ['email'],
        isCaseless: true,
        refusal: ({ email }) =>
          refuse('Create customers failed.', {
            '.customer_create': `Error creating customers: email ${email} already in use`,
          }),
      },
    ],
    defaults: { origin_channel_id: 1, accepts_product_review_abandoned_cart_emails: false },
    hidden: ['store_credit_amounts', 'form_fields', 'shopper_profile_id', 'segment_ids'],
    prepare: prepareCustomer,
    written: storeAddresses,
  },
  'customer-addresses': {
    defaults: { address_type: 'residential' },
    hidden: ['form_fields'],
    prepare: (row, draft) => (isKnownAddress(row, draft) ? dropped : row),
    written: countAddresses,
    removed: ({ customer_id }, _, change) => count(change, Number(customer_id)),
  },
  'customer-attributes': {
    unique: [{ fields: ['name'], refusal: ({ name }) => refuse(`The attribute name ${name} is a duplicate`) }],
  },
  'customer-attribute-values': {
    naturalKey: ['customer_id', 'attribute_id'],
    renamed: { value: 'attribute_value' },
    prepare: ({ value: _, ...row }) => ({ ...row, ...stamped(row) }),
    written: ({ customer_id }, { change }) => count(change, Number(customer_id)),
  },
  'customer-form-field-values': { naturalKey: ['customer_id', 'address_id', 'name'] },
  subscribers: {
    unique: [{ fields: ['email'], isCaseless: true, refusal: () => refuse('The email is in use', {}, 409) }],
  },
  'customers/metafields': { deletesAllWithoutBody: true },
  'tax-customers': { naturalKey: ['customer_id'] },
}

/** The dates of customers end with `Z`. */
function stamped(row: Row): Row {
  return Object.fromEntries(
    ['date_created', 'date_modified']
      .filter(name => typeof row[name] === 'string' && row[name] !== '')
      .map(name => [name, zuluDate(Date.parse(String(row[name])))]),
  )
}

function prepareCustomer(row: Row, { old, given }: Draft): Row {
  const { addresses: _, attributes: __, validate: ___, ...kept } = row
  const counts =
    old === undefined ? { address_count: 0, attribute_count: 0, channel_ids: given['channel_ids'] ?? null } : {}
  const authentication = row['authentication']
  const isReset = isRow(authentication) && authentication['force_password_reset'] === true
  return { ...kept, ...counts, ...stamped(row), authentication: { force_password_reset: isReset } }
}

/** What was sent inside a customer: only when it is made; later changes need the paths of their own. */
function storeAddresses(_: Row, { given, old, id, change }: Draft): void {
  if (old !== undefined) return
  for (const [field, name] of [
    ['addresses', 'customer-addresses'],
    ['attributes', 'customer-attribute-values'],
  ] as const) {
    const list: Json = given[field] ?? []
    const resource = change.ledger.resources.get(name)
    const { body: __, ...operation } = change.operation
    for (const row of Array.isArray(list) ? list.filter(isRow) : []) {
      createRecord({ ...change, resource, operation }, row, id)
    }
  }
}

const coreFields = [
  ...['first_name', 'last_name', 'company', 'phone', 'address_type', 'address1', 'address2', 'city'],
  ...['country_code', 'state_or_province', 'postal_code'],
]

/** An address that equals another of the customer in all its core fields is not written (`customers.v3`, April 2026). */
function isKnownAddress(row: Row, { id, change }: Draft): boolean {
  const { shelf } = change.ledger.resources.get('customer-addresses')
  return idsUnder(shelf.collection, Number(row['customer_id'])).some(other => {
    const there = shelf.get(other)?.row
    return other !== id && there !== undefined && coreFields.every(field => (there[field] ?? '') === (row[field] ?? ''))
  })
}

function countAddresses({ customer_id }: Row, { change }: Draft): void {
  count(change, Number(customer_id))
}

function count({ ledger: { resources } }: Change, customerId: number): void {
  const { shelf } = resources.get('customers')
  const known = shelf.get(customerId)
  if (known === undefined) return
  const below = (name: string): number => idsUnder(resources.get(name).shelf.collection, customerId).length
  const counts = {
    address_count: below('customer-addresses'),
    attribute_count: below('customer-attribute-values'),
  }
  shelf.replace(customerId, { ...known, row: { ...known.row, ...counts } })
}

/** The refusal of metafields that are there already, by their key. */
export function metafieldTaken({ namespace, key }: Row): Refusal {
  return refuse(`A metafield with the namespace ${namespace} and the key ${key} is there already`, {}, 409)
}
