import { describe, expect, test } from '@jest/globals'
import { catalogue, fullName, routesOf } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'
import { planQuery } from './plan.ts'

const readable = catalogue.objects.filter(object => routesOf(object, 'Query').length > 0)
const named = readable.map(object => ({
  object,
  name: fullName(object),
  options: object.parent === undefined ? { object: object.name } : { object: object.parent, subObject: object.name },
}))

function failureOf(options: object): string | undefined {
  try {
    planQuery(options, undefined)
    return undefined
  } catch (error) {
    return (error as Error).message // planQuery throws nothing else
  }
}

describe('planQuery', () => {
  test('plans every object that can be read without keys, and names the keys and filters the others need', () => {
    const failures = named.flatMap(({ options }) => failureOf(options) ?? [])

    expect(failures).toEqual([
      'orders/consignment-shipping-quotes cannot be read without keys.shipping_consignment_id',
      'abandoned-carts-settings-channels cannot be read without keys.channel_id',
      'abandoned-carts cannot be read without keys.token',
      'carts cannot be read without keys.cart_id',
      'carts-settings-channels cannot be read without keys.channel_id',
      'checkouts-settings-channels cannot be read without keys.channel_id',
      'checkouts cannot be read without keys.checkout_id',
      'regions cannot be read without the filter template_file',
      'customers-settings-channels cannot be read without keys.channel_id',
      'abandoned-cart-email-settings cannot be read without the filter channel_id',
      'orders-settings-channels cannot be read without keys.channel_id',
      'shipping-settings-channels cannot be read without keys.channel_id',
      'tax-products-properties cannot be read without the filter product_id:in',
      'tax-providers-connection cannot be read without keys.provider_id',
      'themes-custom-templates cannot be read without keys.version_uuid',
      'themes-jobs cannot be read without keys.job_id',
    ])
  })

  test('plans every object with all its keys', () => {
    const failures = named.flatMap(({ object, options }) => {
      const [route] = routesOf(object, 'Query')
      const names = route === undefined ? [] : keysIn(templateOf(route))
      const required = route?.operation.required ?? []
      const filters = Object.fromEntries(required.map(name => [name, '7']))
      return failureOf({ ...options, keys: Object.fromEntries(names.map(name => [name, 7])), filters }) ?? []
    })

    expect(failures).toEqual([])
  })

  test('plans every object that has a path for one record by its id', () => {
    const failures = named.flatMap(({ object, options }) => {
      const item = routesOf(object, 'Query').find(({ operation }) => operation.at === 'item')
      if (item === undefined) return []
      const above = keysIn(templateOf(item)).slice(0, -1)
      return failureOf({ ...options, id: 7, keys: Object.fromEntries(above.map(name => [name, 7])) }) ?? []
    })

    expect(failures).toEqual([])
  })

  test.each([
    [{ object: 'customers', id: 5 }],
    [{ object: 'locations', id: 5 }],
    [{ object: 'orders', subObject: 'refunds', id: 5, keys: { order_id: 1 } }],
    [{ object: 'price-lists', subObject: 'records', keys: { price_list_id: 1, variant_id: 2, currency_code: 'usd' } }],
    [{ object: 'price-lists', subObject: 'assignments', keys: { price_list_id: [1, 2] } }],
    [{ object: 'orders', sort: 'date_created:desc' }],
    [{ object: 'orders', sort: 'date_created', direction: 'desc' }],
    [{ object: 'customers', sort: 'last_name', direction: 'desc' }],
    [{ object: 'products', filters: { is_free_shipping: true, 'date_modified:min': 1_700_000_000 } }],
  ])('plans %j', options => {
    expect(failureOf(options)).toBeUndefined()
  })
})
