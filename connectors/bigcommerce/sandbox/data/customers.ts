import { type AddressOwners, addressesOf, addressFormFields, type Person } from './addresses.ts'
import {
  type Collection,
  indexOfId,
  type Json,
  type Part,
  type Range,
  type Row,
  risingIds,
  rowsUnder,
} from './collection.ts'
import { lastDayMs, risingMs, zuluDate } from './dates.ts'
import { createFan } from './fan.ts'
import { kinds, randomOf } from './random.ts'
import { companyNames, firstNames, lastNames, materials } from './words.ts'

/** After so many customer ids one is missing. */
const customerIdRun = 29
const attributeFan = createFan([0, 1, 0, 2, 1, 0])

/** What other kinds of records have to know of a customer. */
export interface CustomerFacts extends Person {
  readonly id: number
  readonly email: string
  readonly groupId: number
  /** Empty for a customer that was made over the API. */
  readonly registrationIp: string
  readonly createdMs: number
  readonly modifiedMs: number
}

/** How other kinds of records see the customers. */
export interface CustomerLookup extends AddressOwners {
  factsAt(index: number): CustomerFacts
}

/** The customers without their records. */
export function createCustomerLookup(seed: number, size: number): CustomerLookup {
  const ids = risingIds(size, 1, customerIdRun)
  const found = { ...ids, name: 'ids', size, keyField: 'id', make: (): Row => ({}) }
  const factsAt = (index: number): CustomerFacts => drawCustomer(seed, ids.idAt(index), index, size)
  return { seed, size, idAt: ids.idAt, indexOf: id => indexOfId(found, id), personAt: factsAt, factsAt }
}

function drawCustomer(seed: number, id: number, index: number, size: number): CustomerFacts {
  const random = randomOf(seed, kinds.customer, id)
  const firstName = random.pick(firstNames)
  const lastName = random.pick(lastNames)
  const createdMs = risingMs(index, size, random.next())
  return {
    id,
    firstName,
    lastName,
    company: random.chance(25) ? `${lastName} ${random.pick(companyNames)} Ltd` : '',
    phone: random.chance(70) ? `+1 555 ${String(random.int(0, 9_999_999)).padStart(7, '0')}` : '',
    email: `${firstName}.${lastName}.${id}@example.com`.toLowerCase(),
    groupId: random.chance(30) ? random.int(1, 3) : 0,
    registrationIp: random.chance(70) ? `198.51.100.${random.int(1, 254)}` : '',
    createdMs,
    modifiedMs: createdMs + Math.floor((random.next() * Math.max(0, lastDayMs - createdMs)) / 1000) * 1000,
  }
}

/** What lies under a customer and is shown with it. */
export interface CustomerLists {
  readonly addresses: Collection
  readonly attributeValues: Collection
}

/** The customers as `/v3/customers` shows them. */
export function createCustomers(lookup: CustomerLookup, lists: CustomerLists): Collection {
  const ids = risingIds(lookup.size, 1, customerIdRun)
  return {
    name: 'customers',
    size: lookup.size,
    keyField: 'id',
    ...ids,
    make: index => customerRow(lookup.factsAt(index), index),
    madeMs: index => lookup.factsAt(index).createdMs,
    parts: customerParts(lookup, lists),
  }
}

function customerRow(facts: CustomerFacts, index: number): Row {
  return {
    id: facts.id,
    authentication: { force_password_reset: facts.registrationIp === '' },
    company: facts.company,
    customer_group_id: facts.groupId,
    email: facts.email,
    first_name: facts.firstName,
    last_name: facts.lastName,
    notes: facts.id % 11 === 0 ? 'Prefers to be called in the morning.' : '',
    phone: facts.phone,
    registration_ip_address: facts.registrationIp,
    tax_exempt_category: '',
    date_created: zuluDate(facts.createdMs),
    date_modified: zuluDate(facts.modifiedMs),
    address_count: sizeOf(addressesOf(index)),
    attribute_count: sizeOf(attributeFan.children(index)),
    accepts_product_review_abandoned_cart_emails: facts.id % 3 !== 0,
    origin_channel_id: 1,
    // Null stands for "all channels" and is seen in live answers, though the document declares an array.
    channel_ids: null,
  }
}

/** What `include` adds to a customer. `formfields` fills the form fields of included addresses, too. */
function customerParts(lookup: CustomerLookup, lists: CustomerLists): { readonly [name: string]: Part } {
  const { addresses, attributeValues } = lists
  const addressCount = addresses.size
  const addressRows = (id: number, withFormFields: boolean): Json =>
    rowsUnder(addresses, id).map(row => ({
      ...row,
      ...(withFormFields ? { form_fields: addressFormFields(Number(row['id']) - 1, addressCount) } : {}),
    }))
  const position = ({ id }: Row): number => lookup.indexOf(Number(id)) ?? 1
  return {
    addresses: {
      field: 'addresses',
      make: (_, { id }, { includes }) => addressRows(Number(id), includes.includes('formfields')),
    },
    storecredit: {
      field: 'store_credit_amounts',
      make: (_, row) => [{ amount: position(row) % 6 === 0 ? 5 + (position(row) % 40) / 4 : 0 }],
    },
    attributes: { field: 'attributes', make: (_, { id }) => rowsUnder(attributeValues, Number(id)) },
    formfields: { field: 'form_fields', make: (_, row) => formFields(lookup, Number(row['id'])) },
    shopper_profile_id: { field: 'shopper_profile_id', make: (_, { id }) => uuid('6a1f0c58', Number(id)) },
    segment_ids: {
      field: 'segment_ids',
      make: (_, row) => (position(row) % 4 === 0 ? [uuid('c27d9e03', (position(row) % 3) + 1)] : []),
    },
  }
}

/** The values that customers have of the attributes of the store. */
export function createAttributeValues(lookup: CustomerLookup): Collection {
  const size = attributeFan.total(lookup.size)
  return {
    name: 'customer-attribute-values',
    size,
    keyField: 'id',
    ...risingIds(size, 1),
    parentIdAt: index => lookup.idAt(attributeFan.parentOf(index)),
    under: customerId => {
      const index = lookup.indexOf(customerId)
      return index === undefined ? [] : [attributeFan.children(index)]
    },
    make: index => attributeRow(lookup, index),
  }
}

function attributeRow(lookup: CustomerLookup, index: number): Row {
  const customerIndex = attributeFan.parentOf(index)
  const { id, createdMs } = lookup.factsAt(customerIndex)
  return {
    id: index + 1,
    attribute_id: index - attributeFan.children(customerIndex).from + 1,
    attribute_value: randomOf(lookup.seed, kinds.attribute, index).pick(materials),
    customer_id: id,
    date_created: zuluDate(createdMs),
    date_modified: zuluDate(createdMs),
  }
}

function formFields(lookup: CustomerLookup, id: number): Json {
  const index = lookup.indexOf(id)
  return index !== undefined && index % 7 === 0
    ? [{ name: 'Licence number', value: `L-${1000 + index}`, customer_id: id }]
    : []
}

function sizeOf({ from, to }: Range): number {
  return to - from
}

function uuid(head: string, number: number): string {
  return `${head}-5c1d-4d3a-9c2e-${number.toString(16).padStart(12, '0')}`
}
