import { afterEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { ask } from './sandbox-test.ts'
import type { Switches } from './switches.ts'

let store: Sandbox

afterEach(() => store.close())

async function startWith(switches: Partial<Switches>): Promise<void> {
  store = await startSandbox({ products: 40, plan: 'unlimited', switches })
}

const good = { variant_id: 9, currency: 'usd', price: 5 }
const bad = { variant_id: 99_999, currency: 'usd', price: 5 }
const records = '/v3/pricelists/1/records'
const written = (): number => store.records('price-lists/records').filter(({ variant_id: id }) => id === 9).length

describe('what nobody could verify of writes', () => {
  test.each([
    ['saves-good', 1],
    ['saves-none', 0],
  ] as const)('good price records beside refused ones: %s', async (priceRecordBatch, count) => {
    await startWith({ priceRecordBatch })

    const { status, body } = await ask(store, records, { method: 'PUT', json: [good, bad] })

    expect(status).toBe(422)
    expect(body.batch_errors).toHaveLength(1)
    expect(written()).toBe(count)
  })

  test('products of which some are refused: 207', async () => {
    await startWith({ productBatch: 'multi-status' })
    const sent = [
      { id: 2, price: 3 },
      { id: 9999, price: 3 },
    ]

    const { status, body } = await ask(store, '/v3/catalog/products', { method: 'PUT', json: sent })

    expect(status).toBe(207)
    expect(body).toMatchObject({ data: [{ id: 2, price: 3 }], errors: [{ status: 422 }] })
  })

  test('deleting what is not there: 404', async () => {
    await startWith({ secondDelete: 404 })

    expect((await ask(store, '/v3/catalog/brands/9999', { method: 'DELETE' })).status).toBe(404)
  })

  test('an array whose maximum is not stated: at most ten', async () => {
    await startWith({ unstatedBatch: 'ten' })
    const many = Array.from({ length: 11 }, (_, at) => ({ name: `Zone ${at}`, enabled: true }))

    expect((await ask(store, '/v3/tax/zones', { method: 'POST', json: many })).status).toBe(413)
  })
})

test('a write to a store of a million products is as quick as to a small one', async () => {
  store = await startSandbox({ products: 1_000_000, plan: 'unlimited' })
  const json = { name: 'Lamp 777777', sku: 'LAMP-777777', type: 'physical', weight: 1, price: 20 }
  const startedMs = performance.now()

  const { status, body } = await ask(store, '/v3/catalog/products', { method: 'POST', json })
  await ask(store, '/v3/catalog/products/500001', { method: 'PUT', json: { price: 3 } })
  await ask(store, '/v3/catalog/products/500002', { method: 'DELETE' })
  const last = await ask(store, '/v3/catalog/products?limit=1&page=1000000')

  expect(status).toBe(200)
  expect(last.body.data).toMatchObject([{ id: body.data.id, name: 'Lamp 777777' }])
  expect(performance.now() - startedMs).toBeLessThan(2000)
})
