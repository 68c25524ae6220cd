import type { Row } from '../data/collection.ts'

/** Fields that records of those objects have besides what their schema gives: what every store has from the start. */
export function seedRows(name: string): readonly Row[] | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}

const rows: { readonly [name: string]: readonly Row[] } = {
  'email-templates': ['createaccount_email', 'invoice_email', 'giftcertificate_email'].map(type_id => ({ type_id })),
  currencies: [
    { currency_code: 'USD', name: 'US Dollar', is_default: true },
    { currency_code: 'EUR', name: 'Euro', is_default: false },
    { currency_code: 'GBP', name: 'British Pound', is_default: false },
  ],
  countries: [
    { country: 'United States', country_iso2: 'US', country_iso3: 'USA' },
    { country: 'Germany', country_iso2: 'DE', country_iso3: 'DEU' },
    { country: 'France', country_iso2: 'FR', country_iso3: 'FRA' },
  ],
  'customer-groups': [{ name: 'Retail' }, { name: 'Wholesale' }, { name: 'Staff' }],
  'product-category-assignments': [],
  'product-channel-assignments': [],
  sites: [{ channel_id: 1 }],
}
