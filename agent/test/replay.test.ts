import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Sandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { RejectedList, ReplayAnswer } from '../api/rejected.ts'
import { openRedis } from '../redis.ts'
import type { AgentProcess } from './agent-process.ts'
import { openShop, type Shop } from './shop.ts'

/** Records 2, 4 and 5 are refused: by the store, by the connector, by the transformation. */
const hats = [
  { title: 'Hat 1', cost: '1.5', weight: 1 },
  { title: 'Hat 1', cost: '2.5', weight: 1 },
  { title: 'Hat 3', cost: '3.5', weight: 1 },
  { title: 'Hat 4', cost: '4.5', weight: 'heavy' },
  { title: 'Hat 5', cost: 'cheap', weight: 1 },
]

let shop: Shop
let store: Sandbox
let agent: AgentProcess
beforeAll(async () => {
  shop = await openShop({ products: 0, plan: 'unlimited' })
  ;({ store } = shop)
  await shop.home.write(
    'operations/hats.yaml',
    `source:
  connection: { connector: variable }
  activity: Read
  options: { records: ${JSON.stringify(hats)} }
transformation:
  fields:
    name: title
    weight: weight
    type: { value: physical }
    price: { expression: $number(cost) }
target: { connection: shop, activity: Create, options: { object: products } }
`,
  )
  agent = await shop.start()
})
afterAll(() => shop.close())

async function rejectedOf(runId: string): Promise<RejectedList['records']> {
  return (await agent.client.get<RejectedList>(`/v1/runs/${runId}/rejected`)).records
}

const replay = (runId: string, request: object = {}) =>
  agent.client.post<ReplayAnswer>(`/v1/runs/${runId}/replay`, request)

describe('rejected records', () => {
  test('are exported, edited, replayed and then all written, each once', async () => {
    const { runId } = await agent.submit('hats')
    expect(await agent.ended(runId)).toMatchObject({
      status: 'success-with-warning',
      counts: { read: 5, written: 2, rejected: 3 },
    })
    const refused = await rejectedOf(runId)
    expect(refused).toMatchObject([
      { number: 2, stage: 'target', requestId: expect.any(String), attempt: 1, record: { name: 'Hat 1', price: 2.5 } },
      { number: 4, stage: 'target', record: { weight: 'heavy' } },
      { number: 5, code: 'TRANSFORMATION_INVALID', stage: 'source', record: { title: 'Hat 5', cost: 'cheap' } },
    ])

    const mended = [{ name: 'Hat 2' }, { weight: 4 }, { cost: '5.5' }]
    const records = refused.map(({ number, record }, index) => ({ number, record: { ...record, ...mended[index] } }))
    const { run } = await replay(runId, { records })

    expect(run).toMatchObject({ operation: 'hats', replayOf: runId, total: 3 })
    expect(await agent.ended(run.runId)).toMatchObject({ status: 'success', counts: { read: 3, written: 3 } })
    expect((await agent.messages(run.runId)).map(({ message }) => message)).toContain(
      `replay of run ${runId}: 3 records take the place of the source`,
    )
    const inStore = store.records('products')
    expect(inStore.map(({ name, price }) => [name, price])).toEqual([
      ['Hat 1', 1.5],
      ['Hat 3', 3.5],
      ['Hat 2', 2.5],
      ['Hat 4', 4.5],
      ['Hat 5', 5.5],
    ])
    expect(await rejectedOf(runId)).toMatchObject([2, 4, 5].map(() => ({ replayedIn: run.runId, outcome: 'written' })))
    await expect(replay(runId)).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
    const connection = openRedis(shop.redis.url, 'request')
    expect(await connection.keys('*replay*')).toEqual([])
    connection.disconnect()
  })
})
