import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { metricLineSchema } from '../logs/line-schema.ts'
import type { RunCounts } from '../run/status.ts'
import { compileSchema } from '../schema.ts'
import { type AgentProcess, poll } from './agent-process.ts'
import { openShop, type Shop } from './shop.ts'

const main = join(import.meta.dirname, '..', 'main.js')
let shop: Shop
beforeAll(async () => {
  shop = await openShop({ products: 600, plan: 'unlimited' })
})
afterAll(() => shop.close())

/** Values of `/metrics` by name and labels as they stand there. */
async function metricsOf(agent: AgentProcess): Promise<ReadonlyMap<string, number>> {
  const values = new Map<string, number>()
  for await (const line of agent.client.stream('/metrics')) {
    const [, name, value] = /^(agent_.*) (\S+)$/.exec(line) ?? []
    if (name !== undefined) values.set(name, Number(value))
  }
  return values
}

function sumOf(metrics: ReadonlyMap<string, number>, name: RegExp): number {
  return [...metrics].reduce((sum, [key, value]) => (name.test(key) ? sum + value : sum), 0)
}

const attempts = 'agent_run_attempts_total{status="success"}'

describe('the metrics of an agent', () => {
  test('agree with its runs and with what the store was asked, over all runners', async () => {
    const agent = await shop.start({ set: ['runners=2', 'runsPerRunner=1'] })
    shop.store.fault({ path: '/v3/catalog/products', action: 'throttle-without-headers', count: 3 })
    shop.store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 100 })

    const submitted = await Promise.all(['products', 'ids', 'products', 'ids'].map(name => agent.submit(name)))
    const runs = await Promise.all(submitted.map(({ runId }) => agent.ended(runId)))
    const metrics = await poll(
      () => metricsOf(agent),
      found => found.get(attempts) === 4,
    )
    const runners = new Set(
      (await shop.home.read('var/logs/agent.log')).match(/"runner":\d(?=.*"message":"run ended its attempt")/g),
    )

    const counts = (outcome: keyof RunCounts) => runs.reduce((sum, run) => sum + run.counts[outcome], 0)
    const records = (outcome: string) =>
      metrics.get(`agent_records_total{outcome="${outcome}",source="bigcommerce",target="local-storage"}`)
    expect(runners.size).toBe(2)
    expect([records('read'), records('written')]).toEqual([counts('read'), counts('written')])
    expect(counts('read')).toBe(2_400)
    expect(sumOf(metrics, /^agent_records_total.*"rejected"/)).toBe(0)
    expect(metrics.get('agent_run_duration_seconds_count{status="success"}')).toBe(4)
    const { requests } = shop.store
    const refused = requests.filter(({ status }) => status === 429).length
    expect(refused).toBe(3)
    expect(sumOf(metrics, /^agent_requests_refused_total\{connector="bigcommerce"/)).toBe(refused)
    expect(sumOf(metrics, /^agent_requests_total\{connector="bigcommerce"/)).toBe(requests.length)
    expect(sumOf(metrics, /^agent_request_duration_seconds_count/)).toBe(requests.length)
    expect(sumOf(metrics, /^agent_request_wait_seconds_count/)).toBe(requests.length)
    // Each answer but the refusals was a tenth of a second late.
    expect(sumOf(metrics, /^agent_request_duration_seconds_sum/)).toBeGreaterThan((requests.length - refused) * 0.1)
    const waitedMs = runs.reduce((sum, run) => sum + (run.durationMs ?? 0), 0)
    expect(sumOf(metrics, /^agent_run_duration_seconds_sum/)).toBeCloseTo(waitedMs / 1_000)
    await agent.stop()
  }, 60_000)

  test('go to a log of their own, which adds up to the counts of the runs', async () => {
    const agent = await shop.start({ set: ['metrics.logSeconds=1', 'logs.stdout=none'] })
    const runs = [await agent.submit('ids'), await agent.submit('products')]
    const ended = await Promise.all(runs.map(({ runId }) => agent.ended(runId)))
    await agent.stop()

    const lines = (await shop.home.read('var/logs/metrics.log')).trimEnd().split('\n')
    const check = compileSchema(metricLineSchema)
    const problems = lines.map(line => check(JSON.parse(line))).filter(({ ok }) => !ok)
    const deltas = lines
      .map(line => JSON.parse(line))
      .filter(({ metric, labels }) => metric === 'agent_records_total' && labels.outcome === 'written')
      .map(({ delta }) => delta)
    const read = await promisify(execFile)(process.execPath, [main, 'logs', '--metrics', '--home', shop.home.directory])
    expect(problems).toEqual([])
    expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBe(ended.reduce((sum, run) => sum + run.counts.written, 0))
    expect(read.stdout.trimEnd().split('\n')).toEqual(lines.slice(-200))
    expect(await shop.home.read('var/logs/agent.log')).not.toContain('agent_records_total')
  }, 60_000)

  test('tell of the agent itself, and of no account, token or run', async () => {
    const agent = await shop.start({ set: ['runners=1'] })
    const { runId } = await agent.submit('ids')
    await agent.ended(runId)
    await poll(
      () => metricsOf(agent),
      found => found.get(attempts) === 1,
    )
    const [runner] = (await agent.status()).runners
    process.kill(runner?.pid ?? 0, 'SIGKILL')
    const metrics = await poll(
      () => metricsOf(agent),
      found =>
        found.get('agent_runner_deaths_total{code="RUN_LOST"}') === 1 &&
        found.has('agent_runner_memory_bytes{runner="1"}'),
    )

    expect(metrics.get('agent_redis_connected')).toBe(1)
    expect(metrics.get('agent_runner_restarts')).toBe(1)
    expect(metrics.get('agent_queue_oldest_job_age_seconds')).toBe(0)
    expect(metrics.get('agent_runner_memory_bytes{runner="1"}')).toBeGreaterThan(1_000_000)
    expect(metrics.get('agent_log_store_bytes{store="operation-logs"}')).toBeGreaterThan(4_096)
    expect(metrics.get('agent_log_store_bytes{store="files"}')).toBeGreaterThan(100)
    expect(sumOf(metrics, /^agent_connector_release_info\{connector="bigcommerce",.*"active"\}/)).toBe(1)
    expect(metrics.has('agent_pacing_quota_used{connections="shop",by="agents"}')).toBe(true)
    expect([...metrics.keys()].join('\n')).not.toMatch(new RegExp(`sandbox|${runId}|127\\.0\\.0\\.1`))
  }, 60_000)
})
