import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Sandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { OperationState } from '../api/control.ts'
import type { AgentProcess } from './agent-process.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
let store: Sandbox
let agent: AgentProcess
beforeAll(async () => {
  shop = await openShop({ products: 60, plan: 'unlimited' })
  ;({ store } = shop)
  await shop.home.write(
    'operations/changes.yaml',
    'source: { connection: shop, activity: Query, options: { object: products, changedSince: last-success, pageSize: 10, readAhead: 1 } }\ntarget: { connection: files, activity: Write, options: { path: changes.ndjson } }\n',
  )
  agent = await shop.start()
})
afterAll(() => shop.close())

async function touch(id: number): Promise<void> {
  await fetch(`${store.url}/stores/${store.storeHash}/v3/catalog/products/${id}`, {
    method: 'PUT',
    headers: { 'x-auth-token': store.accessToken, 'content-type': 'application/json' },
    body: JSON.stringify({ price: 12 }),
  })
}

async function run(): Promise<{ readonly status: string; readonly read: number; readonly lines: string }> {
  const { runId } = await agent.submit('changes')
  const { status, counts } = await agent.ended(runId)
  return { status, read: counts.read, lines: (await agent.messages(runId)).map(({ message }) => message).join('\n') }
}

async function states(): Promise<readonly OperationState[]> {
  return (await agent.client.get<{ states: OperationState[] }>('/v1/state/changes')).states
}

describe('an operation that reads changes', () => {
  test('goes on from its last success, and from there again after a failure', async () => {
    const [first = 0, second = 0] = store.records('products').map(({ id }) => Number(id))

    const whole = await run()
    const [afterWhole] = await states()
    await touch(first)
    store.fault({ path: '/v3/catalog/products', action: 'status', status: 401 })
    const failed = await run()
    const [afterFailure] = await states()
    store.clearFaults()
    await touch(second)
    const changed = await run()
    const [afterChanges] = await states()

    expect([whole.status, whole.read]).toEqual(['success', 60])
    expect(whole.lines).toContain(`read up to ${afterWhole?.until}; the next run goes on from there`)
    expect(failed.status).toBe('error')
    expect(afterFailure).toEqual(afterWhole)
    expect([changed.status, changed.read]).toEqual(['success', 2])
    expect(String(afterChanges?.until) >= String(afterWhole?.until)).toBe(true)
    expect(afterChanges?.runId).not.toBe(afterWhole?.runId)
  })

  test('reads from a time that was set, and all after a reset', async () => {
    await agent.client.put('/v1/state/changes', { until: '2100-01-01T00:00:00Z' }).catch(({ code, message }) => {
      expect([code, message]).toEqual(['REQUEST_INVALID', expect.stringContaining('in the future')])
    })
    const set = await agent.client.put<OperationState>('/v1/state/changes', { until: '2000-01-01T01:00:00+01:00' })

    const sinceThen = await run()
    const reset = await agent.client.delete<{ reset: number }>('/v1/state/changes')
    const none = await states()
    const all = await run()

    expect(set).toMatchObject({ operation: 'changes', connection: 'shop', until: '2000-01-01T00:00:00.000Z' })
    expect([sinceThen.read, reset, none, all.read]).toEqual([60, { reset: 1 }, [], 60])
  })

  test('is told that no such operation exists', async () => {
    await expect(agent.client.get('/v1/state/chanches')).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' })
    await expect(agent.client.delete('/v1/state/chanches')).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' })
    await expect(agent.client.put('/v1/state/chanches', { until: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({
      code: 'OPERATION_NOT_FOUND',
    })
  })
})
