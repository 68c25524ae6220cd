/** What others saw of the service and no document says, where no other test shows it; see docs/bigcommerce-quirks.md. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { LogFields, QuotaReport } from '../sdk/connector.ts'
import { quietContext } from '../sdk/quiet-context.ts'
import { findObject } from './catalogue/objects.ts'
import { startSandbox } from './sandbox/sandbox.ts'
import { responseSchemaOf } from './schemas.ts'
import { type ReadableStore, readPages, recordsIn } from './test/reading.ts'
import { startTestStore, type TestStore } from './write/test-store.ts'
import { writeTo } from './write/test-write.ts'

let store: TestStore
let readable: ReadableStore
beforeEach(async () => {
  store = await startTestStore()
  readable = { url: store.url, storeHash: 'abc', accessToken: 'a-token' }
})
afterEach(() => store.close())

const type = 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes'
const rates = {
  'x-rate-limit-time-window-ms': '30000',
  'x-rate-limit-time-reset-ms': '1',
  'x-rate-limit-requests-quota': '16101495',
  'x-rate-limit-requests-left': '16101490',
}
const category = { name: 'Mugs', tree_id: 1, parent_id: 0 }

function pathsOf({ requests }: TestStore): readonly string[] {
  return requests.map(({ method, path }) => `${method} ${path}`)
}

describe('the door of the service', () => {
  test.each([
    [404, 'text/plain', 'The route is not found, check the URL', 'NOT_FOUND'],
    [401, 'text/plain', 'X-Auth-Token header is required', 'AUTHENTICATION_FAILED'],
    [401, 'text/plain', 'X-Auth-Token header should have correct format', 'AUTHENTICATION_FAILED'],
    [401, 'application/json', { status: 401, title: 'Unauthorized', type }, 'AUTHENTICATION_FAILED'],
    [
      403,
      'application/json',
      { status: 403, title: "You don't have a required scope to access the endpoint", type, errors: {} },
      'PERMISSION_DENIED',
    ],
  ])('refuses with %i as %s: %j', async (status, contentType, body, code) => {
    store.on(/GET/, { status, body, headers: { 'content-type': contentType } })

    const message = expect.stringContaining(typeof body === 'string' ? body : body.title)
    await expect(readPages(readable, { object: 'brands' })).rejects.toMatchObject({ code, message })
    expect(store.requests).toHaveLength(1)
  })

  test('opens to the token alone, whatever the client id', async () => {
    const sandbox = await startSandbox({ products: 1 })
    const { default: bigcommerce } = await import('./index.ts')
    const settings = { apiUrl: sandbox.url, storeHash: sandbox.storeHash, accessToken: sandbox.accessToken }
    try {
      const alone = await bigcommerce.connect(settings, quietContext())
      const { ok } = await alone.test(quietContext())
      await alone.close()
      const withWrongId = await bigcommerce.connect({ ...settings, clientId: 'no-such-client' }, quietContext())
      const { ok: isOkWithWrongId } = await withWrongId.test(quietContext())
      await withWrongId.close()

      expect([ok, isOkWithWrongId]).toEqual([true, true])
      expect(sandbox.requests[0]?.headers).not.toHaveProperty('x-auth-client')
      expect(sandbox.requests.at(-1)?.headers).toHaveProperty('x-auth-client', 'no-such-client')
    } finally {
      await sandbox.close()
    }
  })
})

describe('headers of answers', () => {
  async function readWithEars() {
    const reports: QuotaReport[] = []
    const lines: LogFields[] = []
    const ignore = () => undefined
    const log = { trace: ignore, debug: (fields: LogFields) => void lines.push(fields), info: ignore }
    await readPages(
      readable,
      { object: 'order-statuses' },
      {
        pacing: { acquire: async () => ignore, report: (_, quota) => void reports.push(quota), hold: ignore },
        log: { ...log, warn: ignore, error: ignore },
      },
    )
    return { reports, lines }
  }

  test('tell the quota on a 504 too, and a quota of millions is one', async () => {
    const error = { status: 504, title: '', type, errors: {} }
    store.on(/GET/, (_, place) => (place === 1 ? { status: 504, body: error, headers: rates } : { body: [{ id: 1 }] }))

    const { reports } = await readWithEars()

    expect(reports).toEqual([{ quota: 16_101_495, remaining: 16_101_490, resetMs: 1, windowMs: 30_000 }])
  })

  test('may lack the quota; the number of the request is told all the same', async () => {
    store.on(/GET/, { body: [{ id: 1 }] })

    const { reports, lines } = await readWithEars()

    expect(reports).toEqual([])
    expect(lines).toMatchObject([{ status: 200, requestId: 'r1' }])
  })

  test('say when to come again, where the 429 itself is empty', async () => {
    store.on(/GET/, (_, place) => (place === 1 ? { status: 429, body: '', headers: rates } : { body: [{ id: 1 }] }))

    await readWithEars()

    expect(pathsOf(store)).toEqual(['GET /v2/order_statuses', 'GET /v2/order_statuses'])
  })
})

describe('answers', () => {
  test.each([
    ['a list', [{ id: 1 }]],
    ['one record', { id: 1 }],
  ])('of bulk pricing rules may be %s', async (_, data) => {
    store.on(/GET/, { body: { data, meta: {} } })

    const options = { object: 'products', subObject: 'bulk-pricing-rules', keys: { product_id: 7 } }

    expect(recordsIn(await readPages(readable, options))).toEqual([{ product_id: 7, id: 1 }])
  })

  test.each([
    ['consignment-shipping-quotes', { order_id: 1, shipping_consignment_id: 2 }],
    ['shipping-addresses/shipping-quotes', { order_id: 1, shipping_address_id: 2 }],
  ])('of %s are 204 where there is none', async (subObject, keys) => {
    store.on(/GET/, { status: 204 })

    expect(await readPages(readable, { object: 'orders', subObject, keys })).toEqual([])
    expect(store.requests).toHaveLength(1)
  })

  test('of the summary tell the lowest price as a number', () => {
    const { properties } = responseSchemaOf(findObject('catalog-summary'))

    expect(properties).toMatchObject({ lowest_variant_price: { type: ['number', 'null'] } })
  })

  test('come through as they are: null, a new word, a list for an object, a text for a number', async () => {
    const seen = {
      id: 1,
      option_set_id: null,
      base_variant_id: null,
      condition: 'worn',
      custom_url: [],
      price: '5.00',
      of_tomorrow: { is: 'here' },
    }
    store.on(/GET/, { body: { data: [seen], meta: [] } })

    expect(recordsIn(await readPages(readable, { object: 'products' }))).toEqual([seen])
  })

  test('with orders of more than fifty lines lack lines, which is told once', async () => {
    const order = (id: number, ...lines: readonly object[]) => ({
      id,
      consignments: [{ shipping: [{ line_items: lines }] }],
    })
    const cut = { __warning__: 'only the first 50 line items are shown' }
    const lines: string[] = []
    store.on(/GET/, { body: [order(1, { id: 5 }), order(2, { id: 6 }, cut), order(3, cut)] })
    const options = { object: 'orders', include: ['consignments.line_items'] }

    const pages = await readPages(readable, options, { tell: (level, message) => lines.push(`${level}: ${message}`) })

    expect(recordsIn(pages)).toHaveLength(3)
    expect(lines).toEqual([
      'warning: order 2, and perhaps others: BigCommerce includes 50 lines of a consignment at most; read orders/products for all of them',
    ])
  })
})

describe('filters', () => {
  test.each([
    [{ object: 'customer-attributes', filters: { 'id:in': [1] } }, 'customer-attributes has no filter "id:in"'],
    [{ object: 'customer-attributes', id: 1 }, 'customer-attributes cannot be read by such a key; use filters'],
    [{ object: 'tree-categories', filters: { parent_id: 1 } }, 'did you mean "parent_id:in"?'],
    [{ object: 'products', filters: { id: [1, 2] } }, 'filter id of products must be a whole number'],
    [{ object: 'products', filters: { id: '1,2' } }, 'filter id of products must be a whole number'],
    [{ object: 'brands', filters: { colour: 'red' } }, 'brands has no filter "colour"'],
  ])('that the service refuses or misreads are not sent: %j', async (options, message) => {
    await expect(readPages(readable, options)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    })
    expect(store.requests).toEqual([])
  })

  test('find categories by their keys under the name category_id', async () => {
    await readPages(readable, { object: 'tree-categories', id: [3, 4] })

    expect(pathsOf(store)).toEqual(['GET /v3/catalog/trees/categories?category_id:in=3,4&limit=250&page=1'])
  })

  test('are not asked for where only the document requires one', async () => {
    await readPages(readable, { object: 'subscribers' })
    await writeTo(store, 'Delete', { object: 'brands' }, [{ id: 1 }, { id: 2 }])

    expect(pathsOf(store)).toEqual([
      'GET /v3/customers/subscribers?limit=250&page=1',
      'DELETE /v3/catalog/brands?id:in=1,2',
    ])
  })

  test.each(['2026-11-23T10:00:00Z', '1764000000', 1_764_000_000])('take the date %j as it is', async date => {
    await readPages(readable, { object: 'products', filters: { 'date_modified:min': date } })

    expect(store.requests[0]?.path).toContain(`date_modified:min=${date}&`)
  })
})

describe('records', () => {
  test.each([
    [
      'Update',
      { object: 'customers', subObject: 'consent', keys: { customer_id: 1 } },
      { allow: ['targeting'] },
      'deny',
    ],
    [
      'Create',
      { object: 'products', subObject: 'modifiers', keys: { product_id: 1 } },
      { type: 'text', display_name: 'Words' },
      'required',
    ],
    ['Create', { object: 'locations' }, { code: 'A', label: 'A', managed_by_external_source: false }, 'time_zone'],
    ['Create', { object: 'locations' }, { code: 'A', label: 'A', time_zone: 'Etc/UTC' }, 'managed_by_external_source'],
    ['Update', { object: 'tree-categories' }, category, 'category_id'],
  ] as const)(
    'without what the service asks for are not sent: %s of %j',
    async (activity, options, record, missing) => {
      const outcomes = await writeTo(store, activity, options, [record])

      expect(outcomes).toMatchObject([{ status: 'rejected', code: 'RECORD_INVALID' }])
      expect(outcomes).toMatchObject([{ message: expect.stringContaining(missing) }])
      expect(store.requests).toEqual([])
    },
  )

  test('of a category tree are made by POST, fifty at a time', async () => {
    const categories = Array.from({ length: 51 }, (_, index) => ({ ...category, name: `Mugs ${index}` }))

    const outcomes = await writeTo(store, 'Create', { object: 'tree-categories' }, categories)

    expect(outcomes.every(({ status }) => status === 'written')).toBe(true)
    expect(pathsOf(store)).toEqual(Array(2).fill('POST /v3/catalog/trees/categories'))
    expect(store.requests.map(({ body }) => (body as object[]).length)).toEqual([50, 1])
  })

  test.each([
    [204, undefined],
    [202, { meta: {} }],
  ])('of a category tree are deleted when the answer is %i', async (status, body) => {
    store.on(/DELETE/, { status, ...(body === undefined ? {} : { body }) })

    const outcomes = await writeTo(store, 'Delete', { object: 'tree-categories' }, [{ category_id: 3 }])

    expect(outcomes).toEqual([{ status: 'written', id: '3' }])
  })

  test('go one by one where a store takes one at a time', async () => {
    store.on(/POST/, ({ body }) => {
      const sent = body as readonly object[]
      return sent.length > 1
        ? { status: 422, body: { status: 422, title: 'Max batch size allowed is 1', type, errors: {} } }
        : { body: { data: sent.map(each => ({ ...each, id: 9 })), meta: {} } }
    })
    const customers = ['a', 'b', 'c'].map(name => ({ first_name: name, last_name: name, email: `${name}@example.com` }))

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customers)

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'written'])
  })

  test('with the name of another product are rejected in the words of the store', async () => {
    const body = { status: 409, title: 'The product name is a duplicate', type, errors: {} }
    store.on(/POST/, { status: 409, body })
    const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    const message = 'POST /v3/catalog/products: 409 The product name is a duplicate, request r1'
    expect(outcomes).toMatchObject([
      { status: 'rejected', code: 'CONFLICT', message, requestId: 'r1', retryable: false },
    ])
  })

  test('are read back after a 504 without words, and not sent twice', async () => {
    store.on(/POST/, { status: 504, body: { status: 504, title: '', type, errors: {} }, headers: rates })
    store.on(/GET/, { body: { data: [{ id: 5, name: 'A' }], meta: {} } })

    const outcomes = await writeTo(store, 'Create', { object: 'brands' }, [{ name: 'A' }])

    expect(outcomes).toMatchObject([{ status: 'written', id: '5' }])
    expect(store.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })
})
