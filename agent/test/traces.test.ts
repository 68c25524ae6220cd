import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { poll } from './agent-process.ts'
import { type CollectedSpan, type Collector, startCollector } from './collector.ts'
import { openShop, type Shop } from './shop.ts'

const planted = 'planted-access-token'
let shop: Shop
let collector: Collector
beforeAll(async () => {
  const tokens = [{ accessToken: planted, scopes: 'all' }] as const
  shop = await openShop({ products: 600, plan: 'unlimited', tokens }, planted)
})
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())
afterAll(() => shop.close())

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
const childrenOf = (span: CollectedSpan | undefined) =>
  collector.spans.filter(({ parentSpanId }) => parentSpanId === span?.spanId)

describe('traces', () => {
  test('show job, activities and requests below the span that the job came from', async () => {
    const set = [`telemetry.tracesUrl=${collector.url}`, 'telemetry.headers=x-key=planted-key']
    const agent = await shop.start({ set })
    shop.store.fault({ path: '/v3/catalog/products', action: 'throttle-without-headers', count: 1 })
    const before = shop.store.requests.length
    const { runId } = await agent.submit('ids', { traceparent, tracestate: 'shop=1' })
    const run = await agent.ended(runId)
    await agent.stop()

    const roots = collector.spans.filter(({ parentSpanId }) => parentSpanId === 'b7ad6b7169203331')
    const activities = childrenOf(roots[0])
    const [read] = activities.filter(({ name }) => name === 'read bigcommerce Query')
    expect(roots).toMatchObject([
      {
        name: 'run ids',
        traceId,
        traceState: 'shop=1',
        attributes: {
          'commerce_agent.run_id': runId,
          'commerce_agent.status': 'success',
          'commerce_agent.source': run.source,
          'commerce_agent.records.written': run.counts.written,
        },
      },
    ])
    expect(activities.map(({ name }) => name).sort()).toEqual([
      'connect bigcommerce',
      'connect local-storage',
      'read bigcommerce Query',
      'write local-storage Write',
    ])
    expect(childrenOf(read)).toHaveLength(shop.store.requests.length - before)
    expect(new Set(childrenOf(read).map(({ name }) => name))).toEqual(new Set(['GET /v3/catalog/products']))
    expect(read?.events.map(({ name }) => name)).toContain('refused for the rate')
    expect(new Set(collector.spans.map(span => span.traceId))).toEqual(new Set([traceId]))
    expect(collector.headers.map(headers => headers['x-key'])).toContain('planted-key')
    expect(collector.bodies.join('\n')).not.toMatch(/planted|\?|127\.0\.0\.1/)
  }, 60_000)

  test('begin with the run when the job names no valid span, and tell how it failed', async () => {
    const agent = await shop.start({ set: [`telemetry.tracesUrl=${collector.url}`, 'stop.graceSeconds=0'] })
    shop.store.fault({ path: '/v3/catalog/products', status: 401 })
    const { runId } = await agent.submit('ids', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` })
    const { status, error } = await agent.ended(runId)
    shop.store.clearFaults()
    await agent.stop()

    const [root] = collector.spans.filter(({ name }) => name === 'run ids')
    expect(status).toBe('error')
    expect(root).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': error?.code } })
    expect(root?.parentSpanId).toBeFalsy()
    expect(root?.traceId).not.toMatch(/^0+$/)
    expect(
      childrenOf(root)
        .filter(each => each.status.code === 2)
        .map(({ name }) => name),
    ).toEqual(['read bigcommerce Query'])
    expect(await shop.home.read('var/logs/agent.log')).toContain('traceparent of the job is not valid')
  }, 60_000)

  test('that nobody collects are dropped and counted, and no run waits for that', async () => {
    await collector.close()
    const agent = await shop.start({ set: [`telemetry.tracesUrl=${collector.url}`] })
    const submitted = await Promise.all(['ids', 'products', 'ids'].map(name => agent.submit(name)))
    const runs = await Promise.all(submitted.map(({ runId }) => agent.ended(runId)))

    const dropped = await poll(
      async () => {
        const lines: string[] = []
        for await (const line of agent.client.stream('/metrics')) lines.push(line)
        return lines.find(line => line.startsWith('agent_trace_spans_dropped_total{cause="refused"}'))
      },
      line => line !== undefined,
    )
    const stoppedAt = performance.now()
    await agent.stop()

    expect(runs.map(({ status }) => status)).toEqual(['success', 'success', 'success'])
    expect(Number(dropped?.split(' ')[1])).toBeGreaterThan(0)
    expect(performance.now() - stoppedAt).toBeLessThan(10_000)
    expect(await agent.exit()).toBe(0)
  }, 90_000)
})
