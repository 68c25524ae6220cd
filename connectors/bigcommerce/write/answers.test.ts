import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startTestStore, type TestStore } from './test-store.ts'
import { writeTo } from './test-write.ts'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store.close())

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }
const customer = { first_name: 'A', last_name: 'B' }
const metafield = { key: 'k', value: 'v', namespace: 'n', permission_set: 'read', resource_id: 5 }

function customersNamed(...names: readonly string[]) {
  return names.map(name => ({ ...customer, email: `${name}@example.com` }))
}

describe('a refusal of a single record', () => {
  test.each([
    [400, 'REQUEST_REFUSED', false],
    [404, 'NOT_FOUND', false],
    [409, 'CONFLICT', false],
    [413, 'TOO_LARGE', false],
    [422, 'REQUEST_REFUSED', false],
    [423, 'LOCKED', true],
    [501, 'REQUEST_REFUSED', false],
    [507, 'LIMIT_REACHED', false],
  ])('%i rejects it as %s with the words of the store', async (status, code, retryable) => {
    store.on(/POST/, { status, body: { status, title: 'No.', errors: { name: 'is bad' } } })

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    const message = `POST /v3/catalog/products: ${status} No.; name: is bad, request r1`
    expect(outcomes).toEqual([{ status: 'rejected', code, message, retryable, requestId: 'r1' }])
    expect(store.requests).toHaveLength(1)
  })

  test('is told in the words of v2 and of plain text too', async () => {
    store.on(/POST .*banners/, { status: 400, body: [{ status: 400, message: "The field 'page' is invalid." }] })
    store.on(/DELETE/, { status: 404, body: 'The route is not found, check the URL' })
    const banner = { name: 'a', content: 'b', page: 'home_page', location: 'top', date_type: 'always' }

    const [created] = await writeTo(store, 'Create', { object: 'banners' }, [banner])
    const [deleted] = await writeTo(store, 'Delete', { object: 'banners' }, [{ id: 1 }])

    expect(created).toMatchObject({ message: "POST /v2/banners: 400 The field 'page' is invalid., request r1" })
    expect(deleted).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('The route is not found') })
  })
})

describe('a list', () => {
  test('that is refused as a whole is halved down to the record to blame', async () => {
    store.on(/POST/, ({ body }) =>
      (body as { email: string }[]).some(({ email }) => email.startsWith('bad'))
        ? { status: 422, body: { title: 'Create customers failed.', errors: { '.customer_create': 'email in use' } } }
        : { body: { data: (body as object[]).map((each, place) => ({ ...each, id: 10 + place })), meta: {} } },
    )

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customersNamed('a', 'b', 'bad', 'c', 'd'))

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'rejected', 'written', 'written'])
    expect(outcomes[2]).toMatchObject({ message: expect.stringContaining('.customer_create: email in use') })
    const sent = store.requests.map(({ body }) => (body as { email: string }[]).map(({ email }) => email[0]).join(''))
    expect(sent).toEqual(['abbcd', 'abb', 'ab', 'b', 'cd'])
  })

  test('that is too large is halved', async () => {
    store.on(/POST/, ({ body }) =>
      (body as object[]).length > 2
        ? { status: 413, body: { title: 'The request payload is too large.' } }
        : { body: { data: body, meta: {} } },
    )

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customersNamed('a', 'b', 'c', 'd'))

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'written', 'written'])
    expect(store.requests.map(({ body }) => (body as object[]).length)).toEqual([4, 2, 2])
  })

  test('that is found too large is smaller for the rest of the run', async () => {
    const most = 2
    store.on(/POST/, ({ body }) =>
      (body as object[]).length > most ? { status: 413, body: { title: 'Too large.' } } : { body: { data: body } },
    )
    const told = { lines: [], state: new Map() }
    const names = ['a', 'b', 'c', 'd']

    await writeTo(store, 'Create', { object: 'customers' }, customersNamed(...names), { told })
    await writeTo(store, 'Create', { object: 'customers' }, customersNamed(...names), { told })

    expect(store.requests.map(({ body }) => (body as object[]).length)).toEqual([4, 2, 2, 2, 2])
  })

  test.each([
    [64, 1],
    [64, 3],
    [50, 5],
  ])('of %i records with %i to blame is written in few requests', async (count, culprits) => {
    const isBad = ({ name }: { readonly name: string }) => name.startsWith('bad')
    store.on(/POST/, ({ body }) =>
      (body as { name: string }[]).some(isBad) ? { status: 422, body: { title: 'No.' } } : { body: { data: body } },
    )
    const step = Math.floor(count / culprits)
    const records = Array.from({ length: count }, (_, place) => ({
      name: place % step === 0 && place < step * culprits ? `bad${place}` : `n${place}`,
    }))
    const options = { object: 'tax-classes' }

    const outcomes = await writeTo(store, 'Create', options, records)

    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(culprits)
    expect(outcomes.filter(({ status }) => status === 'written')).toHaveLength(count - culprits)
    // Two halves for each step down to a culprit, and the lists themselves.
    expect(store.requests.length).toBeLessThanOrEqual(2 * culprits * Math.ceil(Math.log2(count)) + 2)
  })

  test('whose errors name positions is sent again without those', async () => {
    store.on(/POST/, ({ body }) =>
      (body as object[]).length === 3
        ? { status: 422, body: { title: 'Bad.', errors: { '1.email': 'error.path.missing' } } }
        : { body: { data: body, meta: {} } },
    )

    const outcomes = await writeTo(store, 'Create', { object: 'customers' }, customersNamed('a', 'b', 'c'))

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'rejected', 'written'])
    expect(outcomes[1]).toMatchObject({ message: expect.stringContaining('1.email: error.path.missing') })
    expect(store.requests.map(({ body }) => (body as object[]).length)).toEqual([3, 2])
  })

  test('of metafields tells what was written and, problem by problem, what was not', async () => {
    store.on(/POST/, {
      status: 422,
      body: {
        data: [{ ...metafield, key: 'b', id: 22 }],
        errors: [
          { status: 409, title: 'Exists already.', errors: {} },
          { status: 422, title: 'Too long.', errors: { value: 'too long' } },
        ],
        meta: { total: 3, success: 1, failed: 2 },
      },
    })
    const fields = ['a', 'b', 'c'].map(key => ({ ...metafield, key }))

    const outcomes = await writeTo(store, 'Create', { object: 'brands', subObject: 'metafields' }, fields)

    expect(outcomes).toEqual([
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringContaining('409 Exists already., request r1'),
      }),
      { status: 'written', id: '22' },
      expect.objectContaining({
        code: 'REQUEST_REFUSED',
        message: expect.stringContaining('Too long.; value: too long'),
      }),
    ])
    expect(store.requests).toHaveLength(1)
  })

  test('of prices with named errors is put again without those', async () => {
    store.on(/PUT/, ({ body }) =>
      (body as { variant_id: number }[]).some(({ variant_id }) => variant_id === 2)
        ? {
            status: 422,
            body: { batch_errors: [{ data: { variant_id: 2, currency: 'USD' }, errors: { price: 'is negative' } }] },
          }
        : { body: { data: {}, meta: {} } },
    )
    const prices = [1, 2, 3].map(id => ({ variant_id: id, currency: 'usd', price: id }))
    const options = { object: 'price-lists', subObject: 'records', keys: { price_list_id: 9 } }

    const outcomes = await writeTo(store, 'Update', options, prices)

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'rejected', 'written'])
    expect(outcomes[1]).toMatchObject({ message: expect.stringContaining('price: is negative') })
    expect(store.requests.map(({ body }) => (body as object[]).length)).toEqual([3, 2])
  })

  test('of new prices with named errors is read back, and what is not there is sent again', async () => {
    const isSaved = ({ variant_id }: { readonly variant_id: number }) => variant_id === 3
    store.on(/GET/, { body: { data: [{ variant_id: 1, currency: 'usd', price: 1 }], meta: {} } })
    store.on(/POST/, ({ body }) =>
      (body as { variant_id: number }[]).every(isSaved)
        ? { body: { data: {}, meta: {} } }
        : {
            status: 422,
            body: { batch_errors: [{ data: { variant_id: 2, currency: 'usd' }, errors: { price: 'is negative' } }] },
          },
    )
    const prices = [1, 2, 3].map(id => ({ variant_id: id, currency: 'usd', price: id }))
    const options = { object: 'price-lists', subObject: 'records', keys: { price_list_id: 9 } }

    const outcomes = await writeTo(store, 'Create', options, prices)

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'rejected', 'written'])
    const sent = store.requests.filter(({ method }) => method === 'POST').map(({ body }) => (body as object[]).length)
    expect(sent).toEqual([3, 1])
  })

  test('of site routes tells by a count that the others are saved', async () => {
    store.on(/PUT/, {
      status: 422,
      body: { data: [], meta: { saved_records: 1 }, errors: { '0.matching.type': 'is unknown' } },
    })
    const routes = [1, 2].map(id => ({ id, type: 'page', matching: 'x', route: '/a' }))

    const outcomes = await writeTo(
      store,
      'Update',
      { object: 'sites', subObject: 'routes', keys: { site_id: 1 } },
      routes,
    )

    expect(outcomes).toEqual([
      expect.objectContaining({ status: 'rejected', message: expect.stringContaining('0.matching.type: is unknown') }),
      { status: 'written', id: '2' },
    ])
  })

  test('whose answer leaves an address out: it was there already', async () => {
    const address = {
      ...customer,
      address1: 'x',
      city: 'c',
      state_or_province: 's',
      postal_code: '1',
      country_code: 'US',
    }
    const addresses = [1, 2, 3].map(customer_id => ({ ...address, customer_id }))
    store.on(/POST/, ({ body }) => ({
      body: {
        data: (body as object[]).filter((_, place) => place !== 1).map((each, place) => ({ ...each, id: 30 + place })),
      },
    }))

    const outcomes = await writeTo(store, 'Create', { object: 'customer-addresses' }, addresses)

    expect(outcomes).toEqual([
      { status: 'written', id: '30' },
      { status: 'unchanged' },
      { status: 'written', id: '31' },
    ])
  })

  test('of products saved with a flaw is written with a warning', async () => {
    store.on(/PUT/, ({ body }) => ({
      status: 207,
      body: { data: body, errors: { '1.custom_url': 'is taken' }, meta: {}, title: 'Partly saved.' },
    }))

    const outcomes = await writeTo(store, 'Update', { object: 'products' }, [
      { id: 1, price: 1 },
      { id: 2, price: 2 },
    ])

    const warning = expect.stringContaining('207 Partly saved.; 1.custom_url: is taken')
    expect(outcomes).toEqual([
      { status: 'written', id: '1', warning },
      { status: 'written', id: '2', warning },
    ])
  })

  test('that is accepted with the number of a transaction is written', async () => {
    store.on(/PUT/, { body: { transaction_id: 't1' } })

    const outcomes = await writeTo(store, 'Update', { object: 'locations' }, [
      { id: 1, label: 'a' },
      { id: 2, label: 'b' },
    ])

    expect(outcomes).toEqual([
      { status: 'written', id: '1' },
      { status: 'written', id: '2' },
    ])
  })
})

test('the id of a cart is not taken for that of its line', async () => {
  store.on(/POST/, { body: { data: { id: 'the-cart' } } })

  const outcomes = await writeTo(store, 'Create', { object: 'carts', subObject: 'items', keys: { cart_id: 'c' } }, [
    { line_items: [{ product_id: 1, quantity: 1 }] },
  ])

  expect(outcomes).toEqual([{ status: 'written' }])
})

describe('an answer of promotions to a DELETE, which lists no records', () => {
  const meta = { total: 3, success: 2, failed: 1 }
  const ids = [{ id: 7 }, { id: 404 }, { id: 9 }]

  test('is about the record its problem names; the others are gone', async () => {
    store.on(/DELETE/, { status: 422, body: { errors: [{ status: 404, title: '9 was not found' }], meta } })

    const outcomes = await writeTo(store, 'Delete', { object: 'promotions' }, ids)

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'rejected'])
    expect(store.requests).toHaveLength(1)
  })

  test('leaves all in doubt when it names none', async () => {
    store.on(/DELETE/, { status: 422, body: { errors: [{ status: 404, title: 'one was not found' }], meta } })

    const outcomes = await writeTo(store, 'Delete', { object: 'promotions' }, ids)

    expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(outcomes[0]).toMatchObject({ message: expect.stringContaining('1 of 3 were refused') })
  })
})
