import type { Address } from './addresses.ts'
import type { Row } from './collection.ts'

/** Money as v2 writes it: a string with four decimals. */
export function money(cents: number): string {
  return (cents / 100).toFixed(4)
}

/** Where something can be read, as v2 tells it: absolute, and below the API's version. */
export type Links = (resource: string) => Row

/** Links into the store at that URL. */
export function createLinks(url: string, storeHash: string): Links {
  return resource => ({ url: `${url}/stores/${storeHash}/v2${resource}`, resource })
}

/** An address under the names it has in v2. */
export function addressV2(address: Address, email: string): Row {
  return {
    first_name: address.firstName,
    last_name: address.lastName,
    company: address.company,
    street_1: address.street1,
    street_2: address.street2,
    city: address.city,
    state: address.state,
    zip: address.postalCode,
    country: address.country,
    country_iso2: address.countryCode,
    phone: address.phone,
    email,
  }
}
