import { afterEach, describe, expect, test } from '@jest/globals'
import type { DataRecord } from '../../sdk/connector.ts'
import { quietContext } from '../../sdk/quiet-context.ts'
import bigcommerce from '../index.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

let store: Sandbox
afterEach(() => store.close())

async function open(sizes: Parameters<typeof startSandbox>[0]): Promise<void> {
  store = await startSandbox({ plan: 'unlimited', ...sizes })
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${store.url}/stores/${store.storeHash}${path}`, {
    method,
    headers: { 'x-auth-token': store.accessToken, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? undefined : answer.json()
}

/** Reads all, and lets `change` work on the store after each page. */
async function readWhile(options: object, change: (page: number, records: readonly DataRecord[]) => Promise<void>) {
  const { url: apiUrl, storeHash, accessToken } = store
  const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())
  const told: string[] = []
  const records: DataRecord[] = []
  try {
    const activity = bigcommerce.activities['Query']
    if (activity?.role !== 'source') throw new Error('Query is no source')
    const context = quietContext({ tell: (_, message) => told.push(message) })
    let page = 0
    for await (const { records: some } of activity.read(connection, options, undefined, context)) {
      records.push(...some)
      page += 1
      await change(page, some)
    }
  } finally {
    await connection.close()
  }
  return { ids: records.map(({ id }) => Number(id)), told }
}

/** Deletes records that were read, some that were not, and makes new ones. */
function shake(list: string, made: (number: number) => object | readonly object[], sizes: { ids: readonly number[] }) {
  const gone = new Set<number>()
  const change = async (page: number, records: readonly DataRecord[]) => {
    if (page > 12) return
    const read = records.map(({ id }) => Number(id)).slice(0, 3)
    const ahead = sizes.ids.filter(id => id % 17 === page).slice(-2)
    const ids = [...read, ...ahead].filter(id => !gone.has(id))
    for (const id of ids) gone.add(id)
    if (ids.length > 0) await send('DELETE', `${list}?id:in=${ids.join(',')}`)
    await send('POST', list, made(page))
  }
  return { gone, change }
}

const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b)

function idsIn(name: string): readonly number[] {
  return store.records(name).map(({ id }) => Number(id))
}

describe('a list that changes while it is read', () => {
  test.each([1, 4, 16])('is read by ids without loss and without doubles, %d requests at a time', async readAhead => {
    await open({ products: 1_130 })
    const before = idsIn('products')
    const { gone, change } = shake(
      '/v3/catalog/products',
      page => ({ name: `new ${page}`, type: 'physical', weight: 1, price: 1 }),
      { ids: before },
    )

    const { ids, told } = await readWhile({ object: 'products', pageSize: 40, readAhead }, change)

    expect(gone.size).toBeGreaterThan(30)
    expect(ids).toEqual(sorted([...new Set(ids)]))
    expect(before.filter(id => !gone.has(id) && !ids.includes(id))).toEqual([])
    expect(ids.filter(id => !before.includes(id))).toEqual([])
    expect(told).toEqual([])
  })

  test('is read with one request more than it has pages while it does not change', async () => {
    await open({ products: 1_000 })

    const { ids } = await readWhile({ object: 'products', pageSize: 50 }, async () => undefined)

    expect(ids).toHaveLength(1_000)
    expect(store.requestCount).toBe(21)
  })

  test('costs one request for each border that moved', async () => {
    await open({ products: 1_000 })

    const before = idsIn('products')

    const { ids } = await readWhile({ object: 'products', pageSize: 100, readAhead: 1 }, async page => {
      if (page === 4) await send('DELETE', `/v3/catalog/products?id:in=${before[120]},${before[121]}`)
    })

    expect(ids).toEqual(before)
    expect(store.requestCount - 1).toBe(12)
  })

  test('with filters is read without doubles, and what cannot be promised is told once', async () => {
    await open({ products: 600 })
    const filters = { is_visible: true }
    const before = store.records('products').filter(({ is_visible }) => is_visible === true)

    const { ids, told } = await readWhile(
      { object: 'products', pageSize: 40, filters, readAhead: 2 },
      async (page, some) => {
        if (page < 6) await send('PUT', `/v3/catalog/products/${some[0]?.['id']}`, { is_visible: false })
      },
    )

    expect(ids).toEqual(before.map(({ id }) => Number(id)))
    expect(told).toEqual([expect.stringContaining('ceases to match the filters')])
  })

  test('is read by cursor where the list has one: customers', async () => {
    await open({ customers: 400 })
    const before = idsIn('customers')
    const { gone, change } = shake(
      '/v3/customers',
      page => [{ email: `new${page}@example.com`, first_name: 'New', last_name: 'One' }],
      { ids: before },
    )

    const { ids } = await readWhile({ object: 'customers', pageSize: 25 }, change)

    expect(gone.size).toBeGreaterThan(20)
    expect(ids).toEqual(sorted([...new Set(ids)]))
    expect(before.filter(id => !gone.has(id) && !ids.includes(id))).toEqual([])
  })

  test('is read by the last id where v2 tells no totals: orders', async () => {
    await open({ orders: 300 })
    const before = idsIn('orders')
    const gone = new Set<number>()

    const { ids } = await readWhile({ object: 'orders', pageSize: 20 }, async (page, some) => {
      for (const id of [Number(some[0]?.['id']), before[before.length - page] ?? 0]) {
        if (page > 5 || gone.has(id)) continue
        gone.add(id)
        await send('DELETE', `/v2/orders/${id}`)
      }
    })

    expect(ids).toEqual(sorted([...new Set(ids)]))
    expect(before.filter(id => !gone.has(id) && !ids.includes(id))).toEqual([])
  })

  test('without order of ids is looked through again, and each record comes once: brands', async () => {
    await open({ brands: 120, products: 200 })
    const before = idsIn('brands')
    const { gone, change } = shake('/v3/catalog/brands', page => ({ name: `A new brand ${page}` }), { ids: before })

    const { ids, told } = await readWhile({ object: 'brands', pageSize: 10, readAhead: 1 }, async (page, some) => {
      if (page < 5) await change(page, some)
    })

    expect(gone.size).toBeGreaterThan(8)
    expect(ids).toHaveLength(new Set(ids).size)
    expect(before.filter(id => !gone.has(id) && !ids.includes(id))).toEqual([])
    expect(told).toEqual([])
  })

  test('says so when it never stays the same', async () => {
    await open({ brands: 60, products: 100 })
    let made = 0

    const { ids, told } = await readWhile({ object: 'brands', pageSize: 10, readAhead: 1 }, async () => {
      made += 1
      await send('POST', '/v3/catalog/brands', { name: `Zz ${made}` })
    })

    expect(ids).toHaveLength(new Set(ids).size)
    expect(told).toEqual([expect.stringContaining('changed in each of 3 reads')])
  })

  test('goes on with the same highest id when it is resumed', async () => {
    await open({ products: 300 })
    const before = idsIn('products')
    const { url: apiUrl, storeHash, accessToken } = store
    const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())
    const activity = bigcommerce.activities['Query']
    if (activity?.role !== 'source') throw new Error('Query is no source')
    const pages = activity.read(connection, { object: 'products', pageSize: 50 }, undefined, quietContext())
    const first = await pages[Symbol.asyncIterator]().next()
    await send('POST', '/v3/catalog/products', { name: 'later', type: 'physical', weight: 1, price: 1 })
    const position = JSON.parse(JSON.stringify(first.value?.position ?? null))

    const rest: DataRecord[] = []
    for await (const page of activity.read(connection, { object: 'products' }, position, quietContext()))
      rest.push(...page.records)
    await connection.close()

    expect(position).toMatchObject({ after: before[49], to: before[299] })
    expect(rest.map(({ id }) => id)).toEqual(before.slice(50))
  })
})
