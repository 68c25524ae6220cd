import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { checkConnector } from '../../sdk/conformance.ts'
import bigcommerce from '../index.ts'
import { createTarget } from './target.ts'
import { startTestStore, type TestStore } from './test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await startTestStore()
})
afterAll(() => store.close())

async function deadUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

test('the activities that write keep the contract', async () => {
  store.on(/GET \/v2\/time/, () => ({ body: { time: Math.round(Date.now() / 1_000) } }))
  store.on(/GET \/v2\/store/, { body: { name: 'A store', plan_name: 'Plus', status: 'live' } })
  store.on(/POST .*\/brands$/, ({ body }) =>
    (body as { name: string }).name === 'lost' ? { status: 500, body: {} } : { body: { data: { id: 1 } } },
  )
  store.on(/POST .*\/carts$/, { cut: 'before' })
  const settings = { apiUrl: store.url, storeHash: 'abc', accessToken: 'a-token' }

  const soon = { looksMs: { cut: [0], late: [0] }, sendings: 2 }
  const hasty = { ...bigcommerce, activities: { ...bigcommerce.activities, Create: createTarget('Create', soon) } }
  const findings = await checkConnector(hasty, {
    settings,
    badSettings: [{}, { ...settings, storeHash: 'no hash' }, { ...settings, accessToken: 'two words' }],
    deadSettings: { ...settings, apiUrl: await deadUrl() },
    reads: [],
    writes: [
      {
        activity: 'Create',
        options: { object: 'brands' },
        records: [{ name: 'a' }, { nam: 'b' }, { name: 'lost' }, { name: 'c' }],
        expected: ['written', 'rejected', 'rejected', 'written'],
      },
      {
        activity: 'Create',
        options: { object: 'carts' },
        records: [{ line_items: [{ product_id: 1, quantity: 1 }] }],
        expected: ['unknown'],
      },
      {
        activity: 'Update',
        options: { object: 'products' },
        records: [{ price: 1 }, { id: 1, price: 1 }, { id: 2, price: 'x' }],
        expected: ['rejected', 'written', 'rejected'],
      },
      {
        activity: 'Delete',
        options: { object: 'brands' },
        records: [{ id: 1 }, { name: 'x' }, { id: 2 }],
        expected: ['written', 'rejected', 'written'],
      },
    ],
  })

  expect(findings).toEqual([])
})
