import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { WriteJournal } from '../../sdk/connector.ts'
import { createClient } from '../client.ts'
import { parseSettings } from '../settings.ts'
import { startTestStore, type TestStore } from './test-store.ts'
import { contextFor, writeTo } from './test-write.ts'

let store: TestStore
beforeEach(async () => {
  store = await startTestStore()
})
afterEach(() => store.close())

const product = { name: 'Mug', type: 'physical', weight: 1, price: 5 }
/** Waiting as long as the store says: not at all. */
const now = { 'x-rate-limit-time-reset-ms': '1' }

describe('a new record', () => {
  test.each([
    ['429', { status: 429, headers: now }],
    ['503', { status: 503, headers: now }],
  ])('is sent again after a %s: nothing was applied', async (_, failure) => {
    store.on(/POST/, (__, place) => (place === 1 ? failure : { body: { data: { id: 7 } } }))

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    expect(outcomes).toEqual([{ status: 'written', id: '7' }])
    expect(store.requests).toHaveLength(2)
  })

  test.each([
    ['a 500', { status: 500, body: { title: 'Oops.' } }, '500 Oops., request r1'],
    ['a 504', { status: 504, body: { title: '' } }, '504, request r1'],
    ['a 502 with a web page', { status: 502, body: '<html>' }, '502 with a web page, perhaps of a proxy, request r1'],
    ['a 408', { status: 408, body: '' }, '408'],
    ['a broken connection', { cut: 'before' as const }, 'POST /v3/catalog/products: '],
    ['half an answer', { body: { data: { id: 7 } }, cut: 'half' as const }, 'POST /v3/catalog/products: '],
    ['an answer that is no JSON', { body: 'done' }, '200, but the body is no JSON, request r1'],
  ])('is looked for before it is sent again, after %s', async (_, failure, message) => {
    store.on(/POST/, failure)

    const outcomes = await writeTo(store, 'Create', { object: 'products' }, [product])

    const said = expect.stringContaining(message)
    expect(outcomes).toMatchObject([{ status: 'rejected', code: expect.any(String), message: said, retryable: true }])
    expect(outcomes[0]).toMatchObject({ message: expect.stringContaining('sent 3 times and read back each time') })
    const methods = store.requests.map(({ method }) => method)
    expect(methods.filter(method => method === 'POST')).toHaveLength(3)
    expect(methods.slice(0, 3)).toEqual(['POST', 'GET', 'GET'])
  })

  test('that cannot reach the store was not applied', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise(resolve => server.close(resolve))
    const url = `http://127.0.0.1:${port}`
    const client = createClient(parseSettings({ apiUrl: url, storeHash: 'abc', accessToken: 'a-token' }))
    const context = contextFor({ lines: [], state: new Map() })

    try {
      const request = { method: 'POST', path: '/v3/x', body: {}, isRepeatable: false } as const
      await expect(client.send(request, context, { attempts: 2, totalMs: 10_000 })).rejects.toMatchObject({
        code: 'NETWORK',
        message: expect.stringContaining('tried 2 times'),
      })
    } finally {
      await client.close()
    }
  })
})

describe('a change that may be repeated', () => {
  test.each([
    ['Update', 'PUT', { object: 'brands' }, { id: 5, name: 'a' }],
    ['Delete', 'DELETE', { object: 'brands' }, { id: 5 }],
  ] as const)('%s is sent again after doubt', async (activity, method, options, record) => {
    store.on(/PUT|DELETE/, (_, place) => (place === 1 ? { cut: 'before' } : { status: 204 }))

    const outcomes = await writeTo(store, activity, options, [record])

    expect(outcomes).toEqual([{ status: 'written', id: '5' }])
    expect(store.requests.map(request => request.method)).toEqual([method, method])
  })

  test('a deletion that finds nothing after doubt was done by the attempt before', async () => {
    store.on(/DELETE/, (_, place) => (place === 1 ? { cut: 'before' } : { status: 404, body: { title: 'Not found.' } }))

    const outcomes = await writeTo(store, 'Delete', { object: 'brands' }, [{ id: 5 }])

    expect(outcomes).toEqual([{ status: 'written', id: '5' }])
  })

  test.each([
    ['lines to an order', { object: 'orders' }, { id: 5, products: [{ product_id: 1, quantity: 1 }] }, 1],
    [
      'a route without an id',
      { object: 'sites', subObject: 'routes', keys: { site_id: 1 } },
      { type: 'page', matching: 'x', route: '/a' },
      3,
    ],
  ])('but not one that adds %s, unless it is certain that it is not there', async (_, options, record, sent) => {
    store.on(/PUT/, { status: 500, body: {} })

    const outcomes = await writeTo(store, 'Update', options, [record])

    expect(outcomes).toMatchObject([{ status: sent === 1 ? 'unknown' : 'rejected' }])
    expect(store.requests.filter(({ method }) => method === 'PUT')).toHaveLength(sent)
  })
})

describe('what ends the work', () => {
  test.each([
    [401, 'AUTHENTICATION_FAILED'],
    [403, 'PERMISSION_DENIED'],
    [302, 'RESPONSE_INVALID'],
  ])('%i is thrown as %s while nothing is written', async (status, code) => {
    store.on(/POST/, { status, body: { title: 'No.' } })

    await expect(writeTo(store, 'Create', { object: 'products' }, [product])).rejects.toMatchObject({ code })
  })

  test('rejects the rest once something is written, so that the batch is not written twice', async () => {
    store.on(/POST/, (_, place) =>
      place === 1 ? { body: { data: { id: 7 } } } : { status: 401, body: { title: 'No.' } },
    )

    const outcomes = await writeTo(store, 'Create', { object: 'products', concurrency: 1 }, [product, product, product])

    expect(outcomes).toEqual([
      { status: 'written', id: '7' },
      expect.objectContaining({ status: 'rejected', code: 'AUTHENTICATION_FAILED', retryable: false }),
      expect.objectContaining({ status: 'rejected', code: 'AUTHENTICATION_FAILED' }),
    ])
    expect(store.requests).toHaveLength(2)
  })

  test('is thrown when the store stays away, and the journal knows of each record', async () => {
    const away = { status: 503, headers: { 'x-retry-after': '600' } }
    store.on(/POST/, (_, place) => (place === 1 ? { body: { data: { id: 7 } } } : away))
    const settled: (readonly [number, string])[] = []
    const journal: WriteJournal = {
      sending: async () => undefined,
      settled: (place, { status }) => void settled.push([place, status]),
    }

    const writing = writeTo(store, 'Create', { object: 'products', concurrency: 1 }, [product, product, product], {
      journal,
    })

    await expect(writing).rejects.toMatchObject({ retryable: true })
    expect(settled).toEqual([
      [0, 'written'],
      [1, 'rejected'],
      [2, 'rejected'],
    ])
  })

  test('is the reason of an abort, whatever is on its way', async () => {
    const stop = new AbortController()
    store.on(/POST/, () => {
      stop.abort(new Error('canceled'))
      return { body: { data: { id: 7 } }, together: 9 }
    })

    await expect(
      writeTo(store, 'Create', { object: 'products' }, [product, product], { signal: stop.signal }),
    ).rejects.toThrow('canceled')
  })
})
