import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { JsonValue, Watermark, WatermarkKeeper } from '../../sdk/connector.ts'
import { stateOver } from '../../sdk/quiet-context.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { readPages, recordsIn } from '../test/reading.ts'

let store: Sandbox
beforeAll(async () => {
  store = await startSandbox({ products: 120, orders: 30, plan: 'unlimited' })
})
afterAll(() => store.close())

async function touch(id: number): Promise<void> {
  const answer = await fetch(`${store.url}/stores/${store.storeHash}/v3/catalog/products/${id}`, {
    method: 'PUT',
    headers: { 'x-auth-token': store.accessToken, 'content-type': 'application/json' },
    body: JSON.stringify({ price: Math.random() }),
  })
  expect(answer.status).toBe(200)
}

/** A watermark that moves when it is told to, as after a run that succeeded. */
function watermark() {
  let kept: Watermark | undefined
  let proposed: Watermark | undefined
  const keeper: WatermarkKeeper = {
    get: async () => kept,
    propose: next => {
      proposed = JSON.parse(JSON.stringify(next)) as Watermark
    },
  }
  return {
    keeper,
    proposed: () => proposed,
    set: (to: Watermark) => {
      kept = to
    },
    succeed: () => {
      kept = proposed
    },
  }
}

async function read(options: object, keeper: WatermarkKeeper): Promise<readonly number[]> {
  const state = stateOver(new Map<string, JsonValue>())
  const pages = await readPages(store, { object: 'products', pageSize: 20, ...options }, { watermark: keeper, state })
  return recordsIn(pages).map(({ id }) => Number(id))
}

function pathsSince(count: number): readonly string[] {
  return store.requests.slice(count - store.requestCount).map(({ path }) => decodeURIComponent(path))
}

const lastSuccess = { changedSince: 'last-success' }

describe('changedSince: last-success', () => {
  test('reads everything first, then what has changed, each change once', async () => {
    const { keeper, succeed } = watermark()
    const [first = 0, second = 0] = store.records('products').map(({ id }) => Number(id))

    const all = await read(lastSuccess, keeper)
    succeed()
    await touch(second)
    const changed = await read(lastSuccess, keeper)
    succeed()
    await touch(first)
    // A record of the last two seconds may come twice, for the store tells no fractions of them.
    await sleep(3_100)
    const again = await read(lastSuccess, keeper)
    succeed()
    const none = await read(lastSuccess, keeper)

    expect(all).toHaveLength(120)
    expect(changed).toEqual([second])
    expect(again).toContain(first)
    expect(none).toEqual([])
  })

  test('does not move when the run has failed: the same changes come again', async () => {
    const { keeper, set } = watermark()
    set({ until: new Date().toISOString() })
    const [, , third = 0] = store.records('products').map(({ id }) => Number(id))
    await touch(third)

    const once = await read(lastSuccess, keeper)
    const twice = await read(lastSuccess, keeper)

    expect(once).toContain(third)
    expect(twice).toEqual(once)
  })

  test('asks the store for its time, and sends whole times in UTC with the overlap', async () => {
    const { keeper, set, proposed } = watermark()
    set({ until: '2026-01-15T10:00:00.000Z' })
    const before = store.requestCount

    await read({ changedSince: { lastSuccess: true, overlapSeconds: 60 } }, keeper)

    const [time, list = ''] = pathsSince(before)
    expect(time).toContain('/v2/time')
    expect(list).toContain('date_modified:min=2026-01-15T09:59:00Z&')
    expect(/date_modified:max=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ&/.test(list)).toBe(true)
    expect(list).toContain(`date_modified:max=${proposed()?.until}&`)
  })

  test('is not taken for that of another object', async () => {
    const { keeper, set } = watermark()
    set({ until: new Date().toISOString(), details: { object: 'orders' } })

    expect(await read(lastSuccess, keeper)).toHaveLength(120)
  })

  test('keeps its bounds when the run is taken again', async () => {
    const { keeper, set, proposed } = watermark()
    set({ until: '2000-01-01T00:00:00Z' })
    const pages = await readPages(store, { object: 'products', pageSize: 50, ...lastSuccess }, { watermark: keeper })
    const until = proposed()?.until
    await sleep(1_100)
    const before = store.requestCount

    const rest = await readPages(
      store,
      { object: 'products', pageSize: 50, ...lastSuccess },
      { watermark: keeper },
      pages[0]?.position,
    )

    expect(recordsIn(rest)).toEqual(recordsIn(pages.slice(1)))
    expect(pathsSince(before).every(path => path.includes(`date_modified:max=${until}`))).toBe(true)
    expect(proposed()?.until).toBe(until)
  })

  test('reads orders by the filters of v2', async () => {
    const { keeper } = watermark()
    const before = store.requestCount

    await readPages(
      store,
      { object: 'orders', changedSince: { lastSuccess: true, first: '2024-06-01T02:00:00+02:00' } },
      { watermark: keeper },
    )

    expect(pathsSince(before)[1]).toContain('min_date_modified=2024-06-01T00:00:00Z&max_date_modified=')
  })
})

describe('changedSince', () => {
  test('takes a time, and remembers nothing then', async () => {
    const { keeper, proposed } = watermark()

    expect(await read({ changedSince: '2100-01-01T00:00:00Z' }, keeper)).toEqual([])
    expect(proposed()).toBeUndefined()
  })

  test.each([
    [{ changedSince: '2025-01-15' }, 'a time with its offset'],
    [{ changedSince: '2025-01-15T10:00:00' }, 'a time with its offset'],
    [{ changedSince: '2025-13-15T10:00:00Z' }, 'a time with its offset'],
    [{ changedSince: 'yesterday' }, 'a time with its offset'],
    [{ changedSince: { lastSuccess: true, first: '2025-01-15' } }, 'a time with its offset'],
    [{ ...lastSuccess, object: 'brands' }, 'cannot filter brands by their time of change, only'],
    [{ ...lastSuccess, filters: { 'date_modified:max': '2025-01-15T10:00:00Z' } }, 'exclude each other'],
    [{ ...lastSuccess, limit: 10 }, 'exclude each other'],
    [{ ...lastSuccess, id: 10 }, 'exclude each other'],
  ])('refuses %j before any request', async (options, message) => {
    const before = store.requestCount

    await expect(read(options, watermark().keeper)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    })

    expect(store.requestCount).toBe(before)
  })
})
