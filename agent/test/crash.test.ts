import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Sandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { type AgentProcess, type AgentSettings, createHome, poll, type TestHome } from './agent-process.ts'
import type { TestRedis } from './redis.ts'
import { census, exactlyOnce, openShop, type Shop, writeShopProject } from './shop.ts'

const products = 20_000
/** Some way into the run, and far from its end. */
const enough = 3_000

let shop: Shop
let home: TestHome
let redis: TestRedis
let store: Sandbox
beforeEach(async () => {
  shop = await openShop({ products, plan: 'unlimited', latencyMs: 40 })
  ;({ home, redis, store } = shop)
})
afterEach(() => shop.close())

const start = (settings?: Partial<AgentSettings>) => shop.start(settings)

async function submitAndGetGoing(agent: AgentProcess): Promise<string> {
  const { runId } = await agent.submit('ids')
  await agent.until(runId, run => run.counts.written >= enough)
  return runId
}

describe('a run that is cut off', () => {
  test('goes on after its runner was killed, and the file holds each record exactly once', async () => {
    const agent = await start()
    const runId = await submitAndGetGoing(agent)
    const [runner] = (await agent.status()).runners

    process.kill(runner?.pid ?? 0, 'SIGKILL')
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ status: 'success', attempt: 2, counts: { read: products, written: products } })
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
    expect((await agent.status()).runners[0]).toMatchObject({ restarts: 1 })
  })

  test('goes on after its runner stood still and was killed', async () => {
    const agent = await start({ set: ['runnerSilenceSeconds=5'] })
    const runId = await submitAndGetGoing(agent)
    const [runner] = (await agent.status()).runners

    process.kill(runner?.pid ?? 0, 'SIGSTOP')
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ status: 'success', attempt: 2, counts: { read: products, written: products } })
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
    expect((await agent.messages(runId)).map(({ message }) => message).join('\n')).toContain(
      'did not answer for 5 s and was killed; the run is taken again at its checkpoint',
    )
  })

  test('is canceled while it waits for its next attempt', async () => {
    const agent = await start()
    const runId = await submitAndGetGoing(agent)
    store.fault({ action: 'reset' })
    await agent.until(runId, ({ status }) => status === 'pending')

    await agent.client.post(`/v1/runs/${runId}/cancel`)
    const run = await agent.ended(runId)

    expect(run.status).toBe('canceled')
    expect(run.counts).toMatchObject({ read: run.counts.written, unknown: 0 })
  })

  test('goes on after the whole agent was killed', async () => {
    const first = await start()
    const runId = await submitAndGetGoing(first)

    first.signal('SIGKILL')
    await first.exit()
    const second = await start()
    const run = await second.ended(runId)

    expect(run).toMatchObject({ status: 'success', counts: { read: products, written: products } })
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
  })

  test('is handed back when the agent stops without grace, and goes on with the next agent', async () => {
    const first = await start({ set: ['stop.graceSeconds=0'] })
    const runId = await submitAndGetGoing(first)

    first.signal('SIGTERM')
    const exitCode = await first.exit()
    const second = await start()
    const run = await second.ended(runId)

    expect(exitCode).toBe(0)
    expect(run).toMatchObject({ status: 'success', attempt: 2, counts: { read: products, written: products } })
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
    expect(store.requestCount).toBeLessThan(products / 250 + 10)
  })

  test('ends in success when Redis is killed and comes back', async () => {
    const agent = await start()
    const runId = await submitAndGetGoing(agent)

    await redis.kill()
    const told = await poll(
      () => agent.messages(runId),
      messages => messages.some(({ code }) => code === 'REDIS_UNAVAILABLE'),
    )
    await redis.start()
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ status: 'success', counts: { read: products, written: products } })
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
    expect(told.at(-1)?.message).toBe('redis does not answer; the run waits before it writes again')
  })

  test('is stopped by a cancel at once: no request follows, the target keeps its name to itself', async () => {
    const agent = await start()
    const runId = await submitAndGetGoing(agent)

    const askedAt = performance.now()
    await agent.client.post(`/v1/runs/${runId}/cancel`)
    const run = await agent.ended(runId)
    const seconds = (performance.now() - askedAt) / 1_000
    const requests = store.requestCount

    expect(run.status).toBe('canceled')
    expect(seconds).toBeLessThan(2)
    await expect(home.read('files/ids.ndjson')).rejects.toThrow('ENOENT')
    expect((await agent.messages(runId)).map(({ message }) => message).join('\n')).toContain(
      `ids.ndjson.${runId}.partial`,
    )
    // The two that were on their way may still be counted.
    expect(store.requestCount).toBeLessThanOrEqual(requests + 2)
  })

  test('is given up when the disk is full, and says what is safe', async () => {
    const agent = await start({ before: 'ulimit -f 8192' })

    const { runId } = await agent.submit('products')
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ status: 'error', error: { code: 'DISK_FULL' } })
    expect((await agent.messages(runId)).map(({ message }) => message).join('\n')).toMatch(
      /records stand in .*\.partial/,
    )
  })
})

describe('an agent', () => {
  test('finishes its runs before a stop', async () => {
    const agent = await start()
    await submitAndGetGoing(agent)

    agent.signal('SIGTERM')
    const exitCode = await agent.exit()

    expect(exitCode).toBe(0)
    expect(census(await home.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
  })

  test('hands runs back at the second signal', async () => {
    const agent = await start()
    await submitAndGetGoing(agent)

    agent.signal('SIGTERM')
    agent.signal('SIGINT')
    const exitCode = await agent.exit()

    expect(exitCode).toBe(0)
    await expect(home.read('files/ids.ndjson')).rejects.toThrow('ENOENT')
  })

  test('stops at once and in good order while Redis is away', async () => {
    const agent = await start()
    await redis.kill()
    await poll(
      () => agent.status(),
      status => !status.redis.connected,
    )

    agent.signal('SIGTERM')
    const exitCode = await agent.exit()

    expect(exitCode).toBe(0)
  })

  test('stops at once and in good order when Redis has never answered', async () => {
    await redis.kill()
    const agent = await start()

    agent.signal('SIGTERM')
    const exitCode = await agent.exit()

    expect(exitCode).toBe(0)
  })

  test('runs operations in the supervisor itself when there are no runners', async () => {
    const agent = await start({ set: ['runners=0'] })
    // Without a process to start it is up before Redis has answered.
    await poll(
      () => agent.status(),
      status => status.redis.connected,
    )

    const { runId } = await agent.submit('ids')

    expect(await agent.ended(runId)).toMatchObject({ status: 'success', counts: { written: products } })
  })

  test('shares its queue with the other agents of the group', async () => {
    const one = await start()
    const otherHome = await createHome()
    await writeShopProject(otherHome, store.url)
    const other = await start({ home: otherHome, set: ['agent.name=other'] })
    await one.client.post('/v1/drain')

    const { runId } = await one.submit('ids')
    const run = await one.ended(runId)

    expect(run).toMatchObject({ status: 'success', agent: 'other', counts: { read: products, written: products } })
    expect(census(await otherHome.read('files/ids.ndjson'))).toEqual(exactlyOnce(products))
    await other.stop()
    await otherHome.delete()
  })
})
