import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'
import { type DocumentValidator, openDocuments } from './test/documents.ts'
import { readPages, recordsIn } from './test/reading.ts'
import { keysToRead, objectNamed, objectsWith, optionsOf, recordFor, writeOne } from './test/walking.ts'

/**
 * Walks every object through each activity it has, over the sandbox store, and holds each request that arrived against
 * BigCommerce's own documents. Where the documents are not at hand (`BIGCOMMERCE_OPENAPI_DIR` names their folder; they
 * are not ours to publish) only the store judges.
 */
const folder = process.env['BIGCOMMERCE_OPENAPI_DIR']
const judge = folder === undefined ? 'the store' : 'the store and the documents'
const small = { products: 6, customers: 4, orders: 4, brands: 3, categories: 6, plan: 'unlimited' } as const

let documents: DocumentValidator | undefined
let store: Sandbox
beforeAll(() => {
  documents = folder === undefined ? undefined : openDocuments(folder)
})
beforeEach(async () => {
  store = await startSandbox(small)
})
afterEach(() => store.close())

/** What some objects cannot be read without. */
const needs: { readonly [name: string]: object } = {
  regions: { filters: { template_file: 'pages/home' } },
  'abandoned-cart-email-settings': { filters: { channel_id: 1 } },
  'tax-products-properties': { filters: { 'product_id:in': [1, 2] } },
}

/** The sandbox has none of them until they are made. */
const isOftenEmpty = new Set([
  'orders/fees',
  'regions',
  'orders/shipping-addresses/shipping-quotes',
  'orders/consignment-shipping-quotes',
  'product-category-assignments',
  'product-channel-assignments',
])

/** What was wrong with the requests that arrived meanwhile, by the documents. */
async function wrongIn(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = store.requestCount
  await work()
  const arrived = store.requests.slice(before - store.requestCount)
  return arrived.flatMap(({ method, path: target, body }) => documents?.problems({ method, target, body }) ?? [])
}

/** A shipping consignment of an order is told by the address it goes to. */
function shippingPlace({ records }: Sandbox): { readonly [key: string]: number } {
  const [address] = records('orders/shipping-addresses')
  return { order_id: Number(address?.['order_id']), shipping_consignment_id: Number(address?.['id']) }
}

describe(`Query, judged by ${judge}`, () => {
  test.each(objectsWith('Query'))('reads %s', async name => {
    const object = objectNamed(name)
    const keys = name === 'orders/consignment-shipping-quotes' ? shippingPlace(store) : await keysToRead(store, object)

    const wrong = await wrongIn(async () => {
      const records = recordsIn(
        await readPages(store, {
          ...optionsOf(object),
          ...(keys === undefined ? {} : { keys }),
          ...needs[name],
          limit: 3,
        }),
      )
      expect(records.length).toBeGreaterThan(isOftenEmpty.has(name) ? -1 : 0)
    })

    expect(wrong).toEqual([])
  })
})

describe.each(['Create', 'Update', 'Delete'] as const)(`%s, judged by ${judge}`, activity => {
  test.each(objectsWith(activity))(`${activity} of %s`, async name => {
    const object = objectNamed(name)
    const record = await recordFor(store, activity, object)

    const wrong = await wrongIn(async () => {
      expect(await writeOne(store, activity, object, record)).toMatchObject({ status: 'written' })
    })

    expect(wrong).toEqual([])
  })
})
