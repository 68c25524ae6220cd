import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { request } from 'undici'
import { type SandboxOptions, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'

const paths = [
  '/v3/catalog/products?include=variants,images,custom_fields&limit=30',
  '/v3/catalog/brands',
  '/v3/catalog/trees/categories',
  '/v3/customers?include=addresses,attributes,formfields',
  '/v3/customers/addresses',
  '/v2/orders?include=fees',
  '/v2/orders/101/products',
  '/v2/orders/102/messages',
]

/** What a store of these options says, without the address it says it from. */
async function texts(options: SandboxOptions): Promise<readonly string[]> {
  const store = await startSandbox({ products: 90, customers: 70, orders: 60, plan: 'unlimited', ...options })
  const replies = await Promise.all(paths.map(path => ask(store, path))).finally(() => store.close())
  return replies.map(({ text }) => text.replaceAll(store.url, ''))
}

describe('the records of a store', () => {
  test('are the same bytes for the same seed', async () => {
    expect(await texts({ seed: 7 })).toEqual(await texts({ seed: 7 }))
  })

  test('are others for another seed', async () => {
    const [one, other] = await Promise.all([texts({ seed: 7 }), texts({ seed: 8 })])

    expect(one.map((text, at) => text === other[at])).toEqual(paths.map(() => false))
  })

  test('do not depend on what was asked before', async () => {
    const store = await startSandbox({ products: 200, orders: 200, plan: 'unlimited' })
    const alone = await ask(store, '/v2/orders/150')
    const listed = await ask(store, '/v2/orders?limit=250')
    await store.close()

    expect(listed.body.find(({ id }: { id: number }) => id === 150)).toEqual(alone.body)
  })
})

describe('startSandbox', () => {
  test('starts a store of a million at once, and stores none of them', async () => {
    const million = 1_000_000
    const store = await startSandbox({ products: million, customers: million, orders: million, plan: 'unlimited' })
    const replies = await Promise.all(
      ['/v3/catalog/products?limit=1', '/v3/customers?limit=1', '/v2/orders?limit=1&page=1000000'].map(path =>
        ask(store, path),
      ),
    ).finally(() => store.close())

    expect(replies.map(({ body }) => body.meta?.pagination.total ?? body.length)).toEqual([million, million, 1])
  })

  test('starts a store with nothing in it', async () => {
    const store = await startSandbox({ products: 0, brands: 0, categories: 0, customers: 0, orders: 0 })
    const empty = ['/v3/catalog/products', '/v3/customers', '/v2/orders', '/v2/orders/count', '/v3/catalog/summary']
    const replies = await Promise.all(empty.map(path => ask(store, path))).finally(() => store.close())

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 204, 200, 200])
  })

  test('sells custom work when there are orders and no products', async () => {
    const store = await startSandbox({ products: 0, customers: 0, orders: 3 })
    const { body } = await ask(store, '/v2/orders/100/products').finally(() => store.close())

    expect(body[0]).toMatchObject({ product_id: 0, variant_id: 0, name: 'Custom work' })
  })

  test('packs what is long for a client that takes gzip', async () => {
    const store = await startSandbox({ products: 60 })
    const { headers, body } = await request(`${store.url}/stores/sandbox/v3/catalog/products`, {
      headers: { 'x-auth-token': store.accessToken, 'accept-encoding': 'gzip' },
    })
    await body.dump()
    await store.close()

    expect(headers['content-encoding']).toBe('gzip')
  })

  test('may be closed twice', async () => {
    const store = await startSandbox({ products: 1 })
    await store.close()

    await expect(store.close()).resolves.toBeUndefined()
    await expect(ask(store, '/v2/time')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('rejects when the port is taken', async () => {
    const store = await startSandbox({ products: 1 })
    const again = startSandbox({ port: Number(new URL(store.url).port) })

    await expect(again.finally(() => store.close())).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('the latency of a store', () => {
  test('lets many requests wait together without a warning on stderr', async () => {
    const main = join(import.meta.dirname, 'main.js')
    const store = spawn(process.execPath, [main, '--latency-ms', '200', '--plan', 'unlimited'])
    let complaint = ''
    store.stderr.on('data', chunk => (complaint += chunk))
    const [line] = await once(store.stdout, 'data')
    const { url } = JSON.parse(String(line)) as { url: string } // the sandbox's own line

    const askTime = () => request(`${url}/stores/sandbox/v2/time`, { headers: { 'x-auth-token': 'sandbox-token' } })
    const answers = await Promise.all(Array.from({ length: 16 }, askTime))
    await Promise.all(answers.map(({ body }) => body.dump()))
    store.kill('SIGTERM')
    await once(store, 'close')

    expect([answers.map(({ statusCode }) => statusCode), complaint]).toEqual([Array(16).fill(200), ''])
  })
})
