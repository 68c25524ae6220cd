import { describe, expect, test } from '@jest/globals'
import { findObject, routesOf } from './catalogue/objects.ts'
import { endpointOf, pacedRequestOf } from './endpoint.ts'

describe('pacedRequestOf', () => {
  test.each([
    ['/v2/time', 'GET /v2/time'],
    ['/v3/catalog/products?id:in=1,2', 'GET /v3/catalog/products'],
    ['/v3/catalog/products/77/images/3', 'GET /v3/catalog/products/{key}/images/{key}'],
    ['/v3/carts/5e8a7b1c-22/items', 'GET /v3/carts/{key}/items'],
    ['/v3/customers/ann%40shop/x', 'GET /v3/customers/{key}/x'],
  ])('guesses the endpoint of %s', (path, endpoint) => {
    expect(pacedRequestOf({ method: 'GET', path })).toEqual({ endpoint, kind: 'read' })
  })

  test('takes name and limit of an endpoint that is known', () => {
    const [route] = routesOf(findObject('customers'), 'Update')
    if (route === undefined) throw new Error('customers cannot be updated')

    const paced = pacedRequestOf({ method: 'PUT', path: '/v3/customers', endpoint: endpointOf(route) })

    expect(paced).toEqual({ endpoint: 'PUT /v3/customers', kind: 'write', maxConcurrent: 3 })
  })
})
