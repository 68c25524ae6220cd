import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openShop, type Shop } from './shop.ts'

const hats = Array.from({ length: 12 }, (_, at) => ({ name: `Hat ${at + 1}`, type: 'physical', weight: 1, price: 5 }))

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ products: 0, plan: 'unlimited' })
  await shop.home.write(
    'operations/hats.yaml',
    `source: { connection: { connector: variable }, activity: Read, options: { records: ${JSON.stringify(hats)} } }
target: { connection: shop, activity: Create, options: { object: products, concurrency: 1 } }
`,
  )
})
afterAll(() => shop.close())

describe('a store that goes away in the middle of a batch', () => {
  test('costs an attempt, and no record', async () => {
    shop.store.fault({ method: 'POST', path: '/v3/catalog/products', status: 503, after: 5, count: 5 })
    const agent = await shop.start()

    const { runId } = await agent.submit('hats')
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ status: 'success', attempt: 2, counts: { read: 12, written: 12, rejected: 0 } })
    expect(shop.store.records('products').map(({ name }) => name)).toEqual(hats.map(({ name }) => name))
    const messages = (await agent.messages(runId)).map(({ message }) => message)
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^POST \/v3\/catalog\/products: 503 .*; the queue tries again$/),
        '1 record was refused for a while and is sent again',
      ]),
    )
  }, 60_000)
})
