import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Ajv } from 'ajv'
import { catalogue, findObject, fullName, routesOf } from '../catalogue/objects.ts'
import { requestSchemaOf } from './request-schema.ts'
import { writeSchemasOf } from './schemas.ts'
import { startTestStore, type TestStore } from './test-store.ts'
import { type Told, writeTo } from './test-write.ts'

let store: TestStore
let told: Told
beforeEach(async () => {
  store = await startTestStore()
  told = { lines: [], state: new Map() }
})
afterEach(() => store.close())

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }

describe('a record', () => {
  test.each([
    [{ ...product, price: 'much' }, 'price: must be number'],
    [{ ...product, type: 'liquid' }, 'type: must be one of physical, digital'],
    [{ name: 'Mug', type: 'physical', weight: 1 }, 'price: is missing'],
    [{ ...product, pirce: 5 }, 'pirce: products has no such field, did you mean "price"?'],
    [{ ...product, name: '' }, 'name: must NOT have fewer than 1 characters'],
    [{ ...product, variants: [{ sku: 7 }] }, 'variants.0.sku: must be string'],
    [{ ...product, variants: [{ skew: 'x' }] }, 'variants.0.skew: products has no such field, did you mean "sku"?'],
    [{ ...product, custom_url: 'x' }, 'custom_url: must be object'],
  ])('that does not fit is rejected unsent: %j', async (record, message) => {
    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [record])

    expect(outcomes).toEqual([
      { status: 'rejected', code: 'RECORD_INVALID', message: expect.stringContaining(message), retryable: false },
    ])
    expect(store.requests).toEqual([])
  })

  test('that does not fit does not keep the others of its list back', async () => {
    const customer = { email: 'a@example.com', first_name: 'A', last_name: 'B' }

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, [customer, { email: 'b' }, customer])

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'rejected', 'written'])
    expect(store.requests.map(({ body }) => body)).toEqual([[customer, customer]])
  })

  test('loses unknown fields where the options say so', async () => {
    await writeTo(store, 'Create', { object: 'products', unknownFields: 'drop' }, [{ ...product, pirce: 5 }], { told })

    expect(store.requests[0]?.body).toEqual(product)
    expect(told.lines).toEqual(['not written, because products takes no such fields here: pirce'])
  })

  test('read from one store is written to another without what the store makes, told once', async () => {
    const read = {
      ...product,
      id: 5,
      calculated_price: 5,
      date_created: 'd',
      variants: [{ id: 1, product_id: 5, sku: 'a', calculated_price: 5, option_values: [] }],
      upc: null,
    }

    await writeTo(store, 'Create', { object: 'products' }, [read], { told })
    await writeTo(store, 'Create', { object: 'products' }, [read], { told })

    expect(store.requests[0]?.body).toEqual({ ...product, variants: [expect.objectContaining({ sku: 'a' })] })
    expect(told.lines).toHaveLength(2)
    expect(told.lines[0]).toMatch(/^not written, because products .*calculated_price, date_created, id/)
    expect(told.lines[1]).toMatch(/takes no null there: upc$/)
  })

  test('of several forms is told what is wrong with the nearest', async () => {
    const outcomes = await writeTo(store, 'Create', { object: 'pages' }, [{ name: 'A', type: 'page', sort_order: 'x' }])

    expect(outcomes).toMatchObject([{ message: expect.stringContaining('sort_order: must be integer') }])
  })

  test.each([['x'], [5], [['x', 'y']]])('of v2 may hold the form field %j', async value => {
    const record = { id: 2, order_id: 1, form_fields: [{ name: 'a', value }] }

    const outcomes = await writeTo(store, 'Update', { object: 'orders', subObject: 'shipping-addresses' }, [record])

    expect(outcomes).toMatchObject([{ status: 'written' }])
    expect(store.requests[0]?.body).toEqual({ form_fields: record.form_fields })
  })

  test('out of a file holds its keys as texts, and they are sent as the store takes them', async () => {
    const record = { ...{ key: 'k', value: 'v', namespace: 'n', permission_set: 'read' }, id: '7', brand_id: '5' }

    await writeTo(store, 'Update', { object: 'brands', subObject: 'metafields' }, [record, { ...record, id: '8' }])

    expect(store.requests[0]?.body).toMatchObject([{ id: 7 }, { id: 8 }])
  })

  test('need not hold what a document requires and does not have', async () => {
    const settings = {
      enable_notification: true,
      email_customer_until_cart_is_recovered: true,
      marketing_emails_require_customer_consent: true,
      email_merchant_when_cart_is_converted: true,
      email_merchant_when_cart_is_abandoned: true,
      merchant_email_address: 'a@example.com',
      merchant_abandoned_cart_email_frequency_type: 'individual',
      merchant_abandoned_cart_digest_email_frequency: 10,
    }

    const outcomes = await writeTo(store, 'Update', { object: 'abandoned-carts-settings' }, [settings])

    expect(outcomes).toMatchObject([{ status: 'written' }])
  })

  test('that changes a part need not be complete', async () => {
    const outcomes = await writeTo(store, 'Update', { object: 'brands' }, [{ id: 5, page_title: 'x' }])

    expect(outcomes).toMatchObject([{ status: 'written' }])
  })
})

describe('requestSchemaOf', () => {
  const routes = catalogue.objects.flatMap(object =>
    (['Create', 'Update'] as const).flatMap(activity =>
      routesOf(object, activity).map(route => ({ object, activity, route })),
    ),
  )

  test.each(routes.map(each => [each.activity, fullName(each.object), each.route.operation.method, each] as const))(
    'of %s %s by %s stands for itself',
    (_, __, ___, { object, route, activity }) => {
      const schema = requestSchemaOf(object, route, activity)

      const ajv = new Ajv({ strict: false, validateFormats: false })
      expect(() => ajv.compile(schema)).not.toThrow()
      expect(JSON.stringify(schema)).not.toContain('readOnly')
    },
  )
})

describe('writeSchemasOf', () => {
  test('gives what a record may hold, and for a deletion the options only', () => {
    const brands = findObject('brands')

    expect(writeSchemasOf('Create', brands)).toMatchObject({
      request: { required: ['name'], additionalProperties: false, properties: { name: { type: 'string' } } },
      options: { properties: { upsert: { type: 'boolean' } } },
    })
    expect(writeSchemasOf('Update', brands).request).not.toHaveProperty('required')
    expect(writeSchemasOf('Delete', brands)).not.toHaveProperty('request')
  })

  test('throws for an activity that the object has not', () => {
    expect(() => writeSchemasOf('Create', findObject('orders', 'taxes'))).toThrow('orders/taxes has no activity Create')
  })
})
