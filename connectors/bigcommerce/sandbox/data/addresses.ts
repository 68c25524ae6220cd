import type { Collection, Range, Row } from './collection.ts'
import { createFan } from './fan.ts'
import { kinds, type Random, randomOf } from './random.ts'
import { places, streets } from './words.ts'

/** A postal address, before v2 and v3 give its fields different names. */
export interface Address {
  readonly firstName: string
  readonly lastName: string
  readonly company: string
  readonly street1: string
  readonly street2: string
  readonly city: string
  readonly state: string
  readonly postalCode: string
  readonly country: string
  readonly countryCode: string
  readonly phone: string
  readonly isCommercial: boolean
  /** What the place takes of a sale, in hundredths of a percent. */
  readonly taxRate: number
}

/** Whom an address belongs to. */
export interface Person {
  readonly firstName: string
  readonly lastName: string
  readonly company: string
  readonly phone: string
}

/** How addresses see the customers. */
export interface AddressOwners {
  readonly seed: number
  readonly size: number
  idAt(index: number): number
  indexOf(customerId: number): number | undefined
  personAt(index: number): Person
}

const addressFan = createFan([1, 2, 1, 0, 1, 3, 1, 1, 2, 0])

/** Draws an address of a person. */
export function drawAddress(random: Random, person: Person): Address {
  const [city, state, postalCode, country, countryCode, taxRate] = random.pick(places)
  return {
    ...person,
    street1: `${random.int(1, 320)} ${random.pick(streets)} Street`,
    street2: random.chance(15) ? `Unit ${random.int(1, 40)}` : '',
    city,
    state,
    postalCode,
    country,
    countryCode,
    isCommercial: person.company !== '',
    taxRate,
  }
}

/** The positions of the addresses of a customer. */
export function addressesOf(customerIndex: number): Range {
  return addressFan.children(customerIndex)
}

/** The address at a position. */
export function addressAt(owners: AddressOwners, index: number): Address {
  return drawAddress(randomOf(owners.seed, kinds.address, index), owners.personAt(addressFan.parentOf(index)))
}

/** The addresses of all customers as `/v3/customers/addresses` shows them, in order of their id. */
export function createAddresses(owners: AddressOwners): Collection {
  const size = addressFan.total(owners.size)
  return {
    name: 'addresses',
    size,
    keyField: 'id',
    idAt: index => index + 1,
    lowerBound: id => Math.min(Math.max(Math.ceil(id) - 1, 0), size),
    make: index => addressRow(addressAt(owners, index), index + 1, owners.idAt(addressFan.parentOf(index))),
    parentIdAt: index => owners.idAt(addressFan.parentOf(index)),
    under: customerId => {
      const index = owners.indexOf(customerId)
      return index === undefined ? [] : [addressesOf(index)]
    },
    parts: { formfields: { field: 'form_fields', make: (_, { id }) => addressFormFields(Number(id) - 1, size) } },
  }
}

/** The form fields of the address at a position; one that was added later has none. */
export function addressFormFields(index: number, size: number): readonly Row[] {
  return index < size && index % 5 === 0 ? [{ name: 'Delivery note', value: 'Back door', address_id: index + 1 }] : []
}

function addressRow(address: Address, id: number, customerId: number): Row {
  return {
    id,
    address1: address.street1,
    address2: address.street2,
    address_type: address.isCommercial ? 'commercial' : 'residential',
    city: address.city,
    company: address.company,
    country: address.country,
    country_code: address.countryCode,
    customer_id: customerId,
    first_name: address.firstName,
    last_name: address.lastName,
    phone: address.phone,
    postal_code: address.postalCode,
    state_or_province: address.state,
  }
}
