import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

let store: Sandbox

beforeEach(async () => {
  store = await startSandbox({ products: 20, brands: 5, plan: 'unlimited' })
})

afterEach(() => store.close())

const brand = { method: 'POST', json: { name: 'Ost' } }

describe('a fault that is applied', () => {
  test('answers 504 although the record was written', async () => {
    store.fault({ path: '/v3/catalog/brands', status: 504, applied: true, count: 1 })

    const { status } = await ask(store, '/v3/catalog/brands', brand)

    expect(status).toBe(504)
    expect(store.records('brands').map(({ name }) => name)).toContain('Ost')
  })

  test('breaks the connection although the record was written', async () => {
    store.fault({ path: '/v3/catalog/brands', action: 'reset', applied: true, count: 1 })

    await expect(ask(store, '/v3/catalog/brands', brand)).rejects.toThrow()

    expect(store.records('brands').map(({ name }) => name)).toContain('Ost')
  })

  test('that is not applied writes nothing', async () => {
    store.fault({ path: '/v3/catalog/brands', status: 504, count: 1 })

    await ask(store, '/v3/catalog/brands', brand)

    expect(store.records('brands').map(({ name }) => name)).not.toContain('Ost')
  })
})

describe('a fault with a rate', () => {
  test('hits about so many requests, the same ones for the same seed', async () => {
    store.fault({ status: 500, rate: 0.3 })

    const statuses: number[] = []
    for (let at = 0; at < 60; at++) statuses.push((await ask(store, '/v3/catalog/summary')).status)

    const hits = statuses.filter(status => status === 500).length
    expect(hits).toBeGreaterThan(8)
    expect(hits).toBeLessThan(30)
  })
})

describe('the log of requests', () => {
  test('holds what was sent', async () => {
    await ask(store, '/v3/catalog/brands?x', brand)

    expect(store.requests).toMatchObject([
      { method: 'POST', path: '/stores/sandbox/v3/catalog/brands?x', body: '{"name":"Ost"}' },
    ])
  })
})

describe('an endpoint that takes few requests at a time', () => {
  test('answers 429 to those above', async () => {
    store.fault({ path: '/v3/customers', method: 'PUT', delayMs: 300 })
    const change = { method: 'PUT', json: [{ id: 1, notes: 'x' }] }

    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(store, '/v3/customers', change)))

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429])
  })
})
