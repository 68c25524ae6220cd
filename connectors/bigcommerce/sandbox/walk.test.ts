import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Operation } from '../catalogue/facts.ts'
import { catalogue } from './generic/ledger.ts'
import { nameOf } from './generic/owners.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask, type Reply } from './sandbox-test.ts'
import { filled, pathOf, send } from './walk-test.ts'

let store: Sandbox

beforeEach(async () => {
  store = await startSandbox({ products: 20, brands: 5, categories: 12, customers: 10, orders: 40, plan: 'unlimited' })
})

afterEach(() => store.close())

const requests = catalogue.objects.flatMap(object =>
  object.ways.flatMap(way =>
    way.operations.map(operation => ({
      title: `${operation.method} ${operation.form} ${pathOf(way, operation)}`,
      name: nameOf(object),
      object,
      way,
      operation,
    })),
  ),
)

/** The form of an answer, as the catalogue gives it. */
function formOf({ body }: Reply): 'data' | 'bare' | undefined {
  if (body === undefined) return undefined
  return !Array.isArray(body) && Object.hasOwn(body, 'data') ? 'data' : 'bare'
}

describe('every request of the catalogue that reads is answered in its form', () => {
  test.each(requests.filter(({ operation }) => operation.method === 'GET'))(
    '$title',
    async ({ object, way, operation }) => {
      const reply = await send(store, object, way, operation)

      expect([200, 204]).toContain(reply.status)
      expect(formOf(reply)).toBe(reply.status === 204 ? undefined : operation.envelope)
      const records = reply.status === 204 ? [] : (reply.body.data ?? reply.body)
      expect(Array.isArray(records)).toBe(operation.form === 'list' || reply.status === 204)
    },
  )
})

/** Requests that change nothing one could see in these records, with the reason. */
const unseen: { readonly [title: string]: string } = {
  'PUT one /v3/carts/settings': 'the body of the test is what is there',
  'PUT one /v3/carts/settings/channels/{channel_id}': 'the body of the test is what is there',
  'PUT one /v3/marketing/abandoned-cart-emails/settings': 'the body of the test is what is there',
  'PUT one /v3/orders/settings': 'the body of the test is what is there',
  'PUT array /v3/tax/customers': 'the body of the test is what is there',
  'PUT array /v3/tax/products/properties': 'the body of the test is what is there',
  'DELETE filter /v3/catalog/products/category-assignments': 'nothing is assigned at first',
  'DELETE filter /v3/catalog/products/channel-assignments': 'nothing is assigned at first',
  'DELETE body /v2/shipping/carrier/connection': 'nothing is connected at first',
  'DELETE singleton /v3/channels/{channel_id}/site/checkout-url': 'there is none at first',
  'DELETE header /v3/storefront/api-token': 'tokens cannot be listed',
  'DELETE body /v3/checkouts/{checkoutId}/fees': 'there is none at first',
}

/** Order lists are not records of their own, so these are told by what a list says. */
const listOf = async (path: string): Promise<unknown> => (await ask(store, path.replace(/\/\d+$/, ''))).text

async function stateOf(name: string, path: string): Promise<unknown> {
  const isOfOrder = path.includes('/v2/orders/{order_id}/')
  if (isOfOrder) return listOf(await filled(store, path.replace(/\/\{(shipment_)?id\}$/, ''), name))
  const above = name.split('/')[0] ?? name
  const isKept = ['carts/items', 'wishlists/items'].includes(name)
  return store.records(isKept ? above : name)
}

function isWrite({ operation: { method, body, form } }: { readonly operation: Operation }): boolean {
  return method !== 'GET' && (body !== undefined || method === 'DELETE') && form !== 'multipart'
}

describe('every request of the catalogue that writes is taken, and does what it says', () => {
  test.each(requests.filter(request => isWrite(request) && unseen[request.title] === undefined))(
    '$title',
    async ({ name, object, way, operation }) => {
      const before = structuredClone(await stateOf(name, pathOf(way, operation)))

      const { status, text } = await send(store, object, way, operation)

      expect(status < 300 ? 'taken' : text).toBe('taken')
      expect(await stateOf(name, pathOf(way, operation))).not.toEqual(before)
    },
  )

  test.each(requests.filter(({ title }) => unseen[title] !== undefined))(
    '$title',
    async ({ object, way, operation }) => {
      expect([200, 204, 422]).toContain((await send(store, object, way, operation)).status)
    },
  )
})
