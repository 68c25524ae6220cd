import { describe, expect, test } from '@jest/globals'
import { createQuota, plans } from './quota.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

async function withStore<T>(options: SandboxOptions, work: (store: Sandbox) => Promise<T>): Promise<T> {
  const store = await startSandbox({ products: 5, customers: 5, orders: 5, ...options })
  return work(store).finally(() => store.close())
}

const left = 'x-rate-limit-requests-left'

describe('the rate headers', () => {
  test.each([
    ['standard', '150'],
    ['plus', '150'],
    ['pro', '450'],
    ['unlimited', '16000000'],
  ] as const)('tell the quota of the plan %s', async (plan, quota) => {
    const { headers } = await withStore({ plan }, store => ask(store, '/v2/time'))

    expect(headers).toMatchObject({
      'x-rate-limit-requests-quota': quota,
      'x-rate-limit-time-window-ms': '30000',
      [left]: String(Number(quota) - 1),
    })
    expect(Number(headers['x-rate-limit-time-reset-ms'])).toBeGreaterThan(0)
  })

  test('stand on every answer, beside the request id', async () => {
    const answers = await withStore({ plan: 'standard' }, async store => {
      store.fault({ path: '/v2/store', status: 504 })
      return Promise.all([
        ask(store, '/v3/nothing'),
        ask(store, '/v2/time', { token: null }),
        ask(store, '/v3/catalog/products?foo=1'),
        ask(store, '/v2/orders?page=9'),
        ask(store, '/v2/store'),
      ])
    })

    expect(answers.map(({ status }) => status)).toEqual([404, 401, 422, 204, 504])
    expect(answers.map(({ headers }) => headers['x-rate-limit-requests-quota'])).toEqual(Array(5).fill('150'))
    expect(answers.map(({ headers }) => /^[0-9a-f]{32}$/.test(String(headers['x-request-id'])))).toEqual(
      Array(5).fill(true),
    )
  })
})

describe('the quota of a store', () => {
  test.each([
    [false, undefined],
    [true, '2'],
  ])('used up tells the seconds to wait where the switch says so: %s', async (retryAfter, seconds) => {
    const answer = await withStore({ plan: 'tiny', switches: { retryAfter } }, async store => {
      for (let sent = 0; sent < plans.tiny.quota; sent++) await ask(store, '/v2/time')
      return ask(store, '/v2/time')
    })

    expect([answer.status, answer.headers['x-retry-after']]).toEqual([429, seconds])
  })

  test('is shared by all tokens, and used up says 429 with headers', async () => {
    const tokens = [{ accessToken: 'other', scopes: ['store_v2_orders'] }]
    const answers = await withStore({ plan: 'tiny', tokens }, async store => {
      for (let sent = 0; sent < plans.tiny.quota; sent++) await ask(store, '/v2/time')
      return [await ask(store, '/v2/orders', { token: 'other' }), await ask(store, '/v3/catalog/products')]
    })

    expect(answers.map(({ status, headers }) => [status, headers[left]])).toEqual([
      [429, '0'],
      [429, '0'],
    ])
    expect(answers[0]?.text).toBe('')
    expect(answers[1]?.body).toMatchObject({ status: 429, title: 'Too many requests', errors: {} })
  })

  test.each([
    [false, '9'],
    [true, '8'],
  ])('is used by refused requests when the switch is %s', async (refusedRequestsCount, expected) => {
    const { headers } = await withStore({ plan: 'tiny', switches: { refusedRequestsCount } }, async store => {
      await ask(store, '/v3/nothing')
      return ask(store, '/v2/time')
    })

    expect(headers[left]).toBe(expected)
  })
})

describe('createQuota', () => {
  test('starts a new window with the first request after the last one', () => {
    const quota = createQuota('tiny')
    const taken = Array.from({ length: 11 }, () => quota.take(1_000))

    expect(taken.filter(isTaken => isTaken)).toHaveLength(10)
    expect(quota.headers(2_500)).toMatchObject({
      'X-Rate-Limit-Time-Reset-Ms': '500',
      'X-Rate-Limit-Requests-Left': '0',
    })
    expect([quota.take(2_999), quota.take(3_000)]).toEqual([false, true])
    expect(quota.headers(3_000)).toMatchObject({
      'X-Rate-Limit-Time-Reset-Ms': '2000',
      'X-Rate-Limit-Requests-Left': '9',
    })
  })

  test('never refuses on the plan without a limit', () => {
    const quota = createQuota('unlimited')

    expect(Array.from({ length: 1_000 }, () => quota.take(0)).every(isTaken => isTaken)).toBe(true)
  })
})
