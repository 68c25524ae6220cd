import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { ConnectionReport, ConnectionUse } from '../sdk/connector.ts'
import { quietContext } from '../sdk/quiet-context.ts'
import bigcommerce from './index.ts'
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts'

let store: Sandbox
beforeAll(async () => {
  const tokens = [
    { accessToken: 'whole', scopes: 'all' as const },
    { accessToken: 'catalogue-only', scopes: ['store_v2_products'] },
    { accessToken: 'reads-catalogue', scopes: ['store_v2_products_read_only', 'store_v2_information_read_only'] },
    { accessToken: 'transactions-only', scopes: ['store_v2_transactions_read_only', 'store_v2_information'] },
    { accessToken: 'information-only', scopes: ['store_v2_information'] },
  ]
  store = await startSandbox({ products: 10, plan: 'unlimited', tokens })
})
afterEach(() => store.clearFaults())
afterAll(() => store.close())

async function report(settings: object, uses?: readonly ConnectionUse[]): Promise<ConnectionReport> {
  const context = quietContext()
  const connection = await bigcommerce.connect(
    { apiUrl: store.url, storeHash: 'sandbox', accessToken: 'whole', ...settings },
    context,
  )
  try {
    return await connection.test(context, uses)
  } finally {
    await connection.close()
  }
}

describe('testing a connection', () => {
  test('names the store', async () => {
    expect(await report({})).toMatchObject({ ok: true, message: expect.stringContaining('connected to') })
  })

  test('warns when the token may not see the profile of the store', async () => {
    const { ok, checks } = await report({ accessToken: 'catalogue-only' })

    expect(ok).toBe(true)
    expect(checks.find(({ status }) => status === 'warning')?.message).toContain('Information & Settings')
  })

  test.each([
    ['a wrong token', { accessToken: 'wrong' }, 'AUTHENTICATION_FAILED', 'the access token is not accepted'],
    [
      'a wrong store hash',
      { storeHash: 'other' },
      'PERMISSION_DENIED',
      'the store hash is wrong, or the token has none',
    ],
    ['an address nobody listens on', { apiUrl: 'http://127.0.0.1:1' }, 'NETWORK', '127.0.0.1:1 cannot be reached'],
  ])('tells %s', async (_what, settings, code, message) => {
    expect(await report(settings)).toMatchObject({ ok: false, code, message: expect.stringContaining(message) })
  })

  test('tells a store that is down', async () => {
    store.fault({ path: '/v2/time', action: 'status', status: 503, count: 5 })

    expect(await report({})).toMatchObject({ ok: false, code: 'VENDOR_UNAVAILABLE' })
  })
})

describe('testing what the operations of a project need', () => {
  const readProducts = { activity: 'Query', object: 'products' }
  const writeProducts = { activity: 'Update', object: 'products', subObject: 'variants' }
  const readStore = { activity: 'Query', object: 'store' }
  const scopeChecks = ({ checks }: ConnectionReport) => checks.filter(({ name }) => name.includes('scope'))

  test('finds a granted scope granted', async () => {
    const found = await report({ accessToken: 'reads-catalogue' }, [readProducts, readStore])

    expect(found.ok).toBe(true)
    expect(scopeChecks(found)).toEqual([
      {
        name: 'scope store_v2_information_read_only',
        status: 'passed',
        message: 'granted (needed for Query store)',
      },
      {
        name: 'scope store_v2_products_read_only',
        status: 'passed',
        message: 'granted (needed for Query products)',
      },
    ])
  })

  test('does not claim to know whether a token may change something', async () => {
    const found = await report({ accessToken: 'reads-catalogue' }, [writeProducts])

    expect(scopeChecks(found)).toMatchObject([
      { status: 'passed', message: expect.stringContaining('whether also changes, shows only the first write') },
    ])
  })

  test('names a scope that is missing, what needs it, and fails', async () => {
    const found = await report({ accessToken: 'information-only' }, [readProducts, writeProducts, readStore])

    expect(found).toMatchObject({
      ok: false,
      code: 'PERMISSION_DENIED',
      message: 'the token lacks scopes that operations of the project need: store_v2_products',
    })
    expect(scopeChecks(found)).toContainEqual({
      name: 'scope store_v2_products',
      status: 'failed',
      message: 'not granted, but needed for Query products, Update products/variants; give it to the API account',
    })
  })

  test('asks for the right above records that are read one by one, unless their keys are given', async () => {
    const transactions = { activity: 'Query', object: 'orders', subObject: 'transactions' }
    const all = await report({ accessToken: 'transactions-only' }, [transactions])
    const some = await report({ accessToken: 'transactions-only' }, [{ ...transactions, keys: ['order_id'] }])

    expect(all.message).toBe('the token lacks scopes that operations of the project need: store_v2_orders_read_only')
    expect(some.ok).toBe(true)
  })

  test('names what can be read without need', async () => {
    const found = await report({ accessToken: 'whole' }, [readStore])

    expect(found.ok).toBe(true)
    expect(found.checks.at(-1)).toMatchObject({
      name: 'other scopes',
      status: 'passed',
      message: expect.stringContaining(
        'also readable, not needed by any operation: pages (store_v2_content_read_only), customers (store_v2_customers_read_only), coupons (store_v2_marketing_read_only), orders (store_v2_orders_read_only), products (store_v2_products_read_only);',
      ),
    })
  })

  test('says so when a scope cannot be checked', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'status', status: 503, count: 5 })

    const found = await report({ accessToken: 'whole' }, [readProducts])

    expect(found.ok).toBe(true)
    expect(scopeChecks(found)[0]).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('cannot be checked: GET'),
    })
  })

  test('changes nothing and asks for one record at most', async () => {
    const before = store.requests.length

    await report({ accessToken: 'whole' }, [readProducts, writeProducts])
    const sent = store.requests.slice(before)

    expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(['GET']))
    expect(sent.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\/catalog\/products\?limit=1$/))
  })

  test('probes nothing when nobody says what is needed', async () => {
    const before = store.requests.length

    await report({ accessToken: 'whole' })

    expect(store.requests).toHaveLength(before + 2)
  })
})
