import { describe, expect, test } from '@jest/globals'
import { activityNames } from './catalogue/activities.ts'
import { catalogue, routesOf } from './catalogue/objects.ts'
import { neededScopes } from './scopes.ts'

const scopesFor = (activity: string, object: string, subObject?: string) =>
  neededScopes([{ activity, object, ...(subObject === undefined ? {} : { subObject }) }]).map(({ scope }) => scope)

describe('neededScopes', () => {
  test.each([
    ['Query', 'products', undefined, 'store_v2_products_read_only'],
    ['Update', 'products', undefined, 'store_v2_products'],
    ['Query', 'orders', undefined, 'store_v2_orders_read_only'],
    ['Query', 'orders', 'transactions', 'store_v2_transactions_read_only'],
    ['Create', 'orders', 'refunds', 'store_v2_transactions'],
    ['Query', 'channels', undefined, 'store_channel_settings_read_only'],
    ['Update', 'channels', 'listings', 'store_channel_listings'],
    ['Query', 'channels', 'site', 'store_sites_read_only'],
    ['Query', 'carts-settings', undefined, 'store_v2_information_read_only'],
    ['Query', 'customers', 'stored-instruments', 'store_stored_payment_instruments_read_only'],
    ['Update', 'settings-analytics', undefined, 'store_v2_content'],
    ['Update', 'tax-classes', undefined, 'store_v2_information'],
    ['Create', 'storefront-api-tokens', undefined, 'store_storefront_api'],
    ['Query', 'store-logs', undefined, 'store_logs_read_only'],
  ])('for %s of %s %s is %s', (activity, object, subObject, scope) => {
    expect(scopesFor(activity, object, subObject)).toEqual([scope])
  })

  test('asks for nothing where any token will do, or where there is no such thing', () => {
    expect(scopesFor('Query', 'webhooks')).toEqual([])
    expect(scopesFor('Query', 'prodcuts')).toEqual([])
    expect(scopesFor('Stir', 'products')).toEqual([])
    expect(neededScopes([{ activity: 'Query' }])).toEqual([])
  })

  test('names a right once, in the form that permits the most', () => {
    const needed = neededScopes([
      { activity: 'Query', object: 'products' },
      { activity: 'Create', object: 'products', subObject: 'images' },
      { activity: 'Query', object: 'products' },
      { activity: 'Query', object: 'customers' },
    ])

    expect(needed).toEqual([
      {
        scope: 'store_v2_customers_read_only',
        changes: false,
        neededFor: ['Query customers'],
        probe: '/v3/customers?limit=1',
      },
      {
        scope: 'store_v2_products',
        changes: true,
        neededFor: ['Query products', 'Create products/images'],
        probe: '/v3/catalog/products?limit=1',
      },
    ])
  })

  test('probes a record that is not there where everything stands below a key', () => {
    expect(neededScopes([{ activity: 'Query', object: 'orders', subObject: 'transactions' }])).toMatchObject([
      { probe: '/v3/orders/0/transactions' },
    ])
  })

  test('knows exactly one scope for everything the catalogue can do, but for webhooks', () => {
    const open = catalogue.objects.flatMap(object =>
      activityNames
        .filter(activity => routesOf(object, activity).length > 0)
        .map(activity => {
          const [name, subObject] = object.parent === undefined ? [object.name] : [object.parent, object.name]
          return { name, count: scopesFor(activity, name, subObject).length }
        })
        .filter(({ count }) => count !== 1),
    )

    expect([...new Set(open.map(({ name }) => name))]).toEqual(['webhooks', 'webhook-notifications'])
  })
})
