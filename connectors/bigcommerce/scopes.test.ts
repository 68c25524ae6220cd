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
    ['Create', 'customers', undefined, 'store_v2_customers'],
    ['Delete', 'orders', undefined, 'store_v2_orders'],
    ['Delete', 'products', 'images', 'store_v2_products'],
    ['Create', 'orders', 'refunds', 'store_v2_transactions'],
    ['Query', 'channels', undefined, 'store_channel_settings_read_only'],
    ['Update', 'channels', 'listings', 'store_channel_listings'],
    ['Update', 'channels', 'site', 'store_sites'],
    ['Query', 'carts-settings', undefined, 'store_v2_information_read_only'],
    ['Update', 'settings-analytics', undefined, 'store_v2_content'],
    ['Update', 'tax-classes', undefined, 'store_v2_information'],
    ['Create', 'storefront-api-tokens', undefined, 'store_storefront_api'],
    ['Query', 'store-logs', undefined, 'store_logs_read_only'],
  ])('for %s of %s %s is %s', (activity, object, subObject, scope) => {
    expect(scopesFor(activity, object, subObject)).toEqual([scope])
  })

  test.each([
    ['orders', 'transactions', ['store_v2_orders_read_only', 'store_v2_transactions_read_only']],
    ['channels', 'site', ['store_channel_settings_read_only', 'store_sites_read_only']],
    ['customers', 'stored-instruments', ['store_stored_payment_instruments_read_only', 'store_v2_customers_read_only']],
    ['products', 'variants/metafields', ['store_v2_products_read_only']],
  ])('for all %s/%s are those of both, where what is above has to be read first', (object, subObject, scopes) => {
    expect(scopesFor('Query', object, subObject)).toEqual(scopes)
  })

  test.each([
    ['orders', 'transactions', 'order_id', 'store_v2_transactions_read_only'],
    ['channels', 'site', 'channel_id', 'store_sites_read_only'],
  ])('for %s/%s with %s given are its own alone', (object, subObject, key, scope) => {
    const needed = neededScopes([{ activity: 'Query', object, subObject, keys: [key] }])

    expect(needed.map(each => each.scope)).toEqual([scope])
  })

  test('asks for the right above by what is read there, in the name of what it is needed for', () => {
    const needed = neededScopes([{ activity: 'Query', object: 'orders', subObject: 'transactions' }])

    expect(needed).toMatchObject([
      { neededFor: ['Query orders/transactions'], probe: '/v2/orders?limit=1' },
      { neededFor: ['Query orders/transactions'], probe: '/v3/orders/0/transactions' },
    ])
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
    const keys = ['order_id']

    expect(neededScopes([{ activity: 'Query', object: 'orders', subObject: 'transactions', keys }])).toMatchObject([
      { probe: '/v3/orders/0/transactions' },
    ])
  })

  test('knows scopes for everything the catalogue can do, but for webhooks; to change things one of them', () => {
    const counted = catalogue.objects.flatMap(object =>
      activityNames
        .filter(activity => routesOf(object, activity).length > 0)
        .map(activity => {
          const [name, subObject] = object.parent === undefined ? [object.name] : [object.parent, object.name]
          return { name, activity, scopes: scopesFor(activity, name, subObject) }
        }),
    )

    const none = counted.filter(({ scopes }) => scopes.length === 0).map(({ name }) => name)
    expect([...new Set(none)]).toEqual(['webhooks', 'webhook-notifications'])
    const writing = counted.filter(({ activity }) => activity !== 'Query').flatMap(({ scopes }) => scopes)
    expect(writing.filter(scope => /_read(_only)?$/.test(scope))).toEqual([])
    const several = counted.filter(({ scopes }) => scopes.length > 1)
    expect([...new Set(several.map(({ activity }) => activity))]).toEqual(['Query'])
    expect(Math.max(...several.map(({ scopes }) => scopes.length))).toBe(2)
  })
})
