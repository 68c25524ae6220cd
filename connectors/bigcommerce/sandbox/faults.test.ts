import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createFaults } from './faults.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 60, customers: 5, orders: 5, plan: 'standard' })
})
afterEach(() => store.clearFaults())
afterAll(() => store.close())

describe('a fault', () => {
  test('resets the connection, and the log of requests shows no status', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'reset' })

    await expect(ask(store, '/v3/catalog/products')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(store.requests.at(-1)).toMatchObject({ method: 'GET', status: 0 })
  })

  test('breaks off in the middle of the body', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'truncate' })

    await expect(ask(store, '/v3/catalog/products')).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
    expect(store.requests.at(-1)).toMatchObject({ status: 200 })
  })

  test('makes an answer late and true', async () => {
    store.fault({ path: '/v2/time', delayMs: 150 })
    const started = performance.now()

    const { status } = await ask(store, '/v2/time')

    expect(status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(145)
  })

  test.each([
    ['/v3/catalog/products', 500, 'application/json'],
    ['/v3/catalog/products', 502, 'text/html'],
    ['/v3/catalog/products', 503, 'application/json'],
    ['/v2/orders', 503, 'application/json'],
    ['/v2/orders', 204, undefined],
    ['/v2/orders', 429, undefined],
  ])('makes %s answer %i', async (path, status, type) => {
    store.fault({ path, status })

    const answer = await ask(store, path)

    expect([answer.status, answer.headers['content-type']]).toEqual([status, type])
  })

  test('answers 504 as the service does', async () => {
    store.fault({ path: '/v2', status: 504 })

    expect((await ask(store, '/v2/time')).body).toEqual({
      status: 504,
      title: '',
      type: 'https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes',
      errors: {},
    })
  })

  test('throttles without saying until when', async () => {
    store.fault({ action: 'throttle-without-headers', count: 1 })

    const { status, headers } = await ask(store, '/v3/catalog/products')

    expect(status).toBe(429)
    expect(Object.keys(headers).filter(name => name.startsWith('x-rate-limit'))).toEqual([])
  })

  test('comes before the token is looked at', async () => {
    store.fault({ status: 503 })

    expect((await ask(store, '/v2/time', { token: null })).status).toBe(503)
  })

  test.each([
    [{}, 'a fault needs an action, a status or a delay'],
    [{ action: 'status' as const }, 'a fault with the action status needs a status'],
    [{ action: 'delay' as const }, 'a fault with the action delay needs delayMs'],
  ])('cannot be %j', (fault, message) => {
    expect(() => store.fault(fault)).toThrow(message)
  })
})

describe('createFaults', () => {
  const hits = (faults: ReturnType<typeof createFaults>, targets: readonly string[]): readonly unknown[] =>
    targets.map(target => faults.next('GET', target)?.status)

  test('lets requests pass first and hits so many', () => {
    const faults = createFaults()
    faults.add({ path: '/v3', status: 500, after: 1, count: 2 })

    expect(hits(faults, ['/v3', '/v2', '/v3/a', '/v3', '/v3'])).toEqual([undefined, undefined, 500, 500, undefined])
  })

  test('hits the first that is due, for its method and its page only', () => {
    const faults = createFaults()
    faults.add({ method: 'delete', status: 423 })
    faults.add({ path: '/v3/catalog/products?page=3', status: 500 })
    faults.add({ path: '/v3/catalog', status: 503, count: 1 })

    expect(hits(faults, ['/v3/catalog/products?page=3', '/v3/catalog', '/v3/catalog'])).toEqual([500, 503, undefined])
    expect(faults.next('DELETE', '/v2/orders')?.status).toBe(423)
  })
})
