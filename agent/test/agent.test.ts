import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Queue } from 'bullmq'
import type { Sandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { ConnectionTest } from '../api/control.ts'
import { jobName, queueNameOf } from '../queue.ts'
import { openRedis } from '../redis.ts'
import { type AgentProcess, createHome, poll, startAgentProcess, type TestHome } from './agent-process.ts'
import { startRedis } from './redis.ts'
import { census, exactlyOnce, openShop, type Shop, writeShopProject } from './shop.ts'

const planted = 'planted-secret-7f3a9c'

let shop: Shop
let home: TestHome
let store: Sandbox
let agent: AgentProcess
beforeAll(async () => {
  shop = await openShop({ products: 500, plan: 'unlimited', tokens: [{ accessToken: planted, scopes: 'all' }] })
  ;({ home, store } = shop)
  await home.write(
    'connections/shop.yaml',
    `connector: bigcommerce\nsettings: { storeHash: "[hash{sandbox}]", accessToken: { env: SHOP_TOKEN }, apiUrl: "${store.url}" }\n`,
  )
  await home.write(
    'connections/wrong-token.yaml',
    `connector: bigcommerce\nsettings: { storeHash: sandbox, accessToken: not-the-token, apiUrl: "${store.url}" }\n`,
  )
  await home.write('connections/broken.yaml', 'connector: bigcommerce\nsetings: {}\n')
  await home.write('operations/broken.yaml', 'source:\n  connection: shop\n  activity: [\n')
  agent = await shop.start({ env: { SHOP_TOKEN: planted }, set: ['logs.level=trace'] })
})
afterAll(() => shop.close())

async function enqueue(data: unknown, options: object = {}): Promise<string> {
  const connection = openRedis(shop.redis.url, 'request')
  const queue = new Queue(queueNameOf('default'), { connection, prefix: 'agent' })
  const job = await queue.add(jobName, data, options)
  await queue.close()
  connection.disconnect()
  return `j${job.timestamp}-${job.id}`
}

function endOf(runId: string) {
  return poll(
    () =>
      agent.client.get<{ runs: { runId: string; status: string; error?: { code: string; message: string } }[] }>(
        '/v1/runs',
      ),
    ({ runs }) => runs.some(run => run.runId === runId && ['error', 'success', 'canceled'].includes(run.status)),
  ).then(({ runs }) => runs.find(run => run.runId === runId))
}

describe('an agent', () => {
  test('runs an operation of its project and accounts for every record', async () => {
    const { runId } = await agent.submit('products', { requestedBy: 'a test' })

    const run = await agent.ended(runId)

    expect(run).toMatchObject({
      status: 'success',
      requestedBy: 'a test',
      counts: { read: 500, written: 500 },
      source: 'bigcommerce 0.1.0',
    })
    expect(census(await home.read('files/products.ndjson'))).toEqual(exactlyOnce(500))
  })

  test('asks the store only for the fields that the transformation needs', async () => {
    const { runId } = await agent.submit('ids')

    await agent.ended(runId)

    // The id comes always, but may not be asked for.
    expect(store.requests.at(-1)?.path).toContain('include_fields=sku')
  })

  test('takes a whole definition from any client of the queue', async () => {
    const runId = await enqueue({
      operation: {
        source: { connection: { connector: 'variable' }, activity: 'Read', options: { records: [{ a: 1 }, { a: 2 }] } },
        transformation: { where: 'a > [minimum{1}]'.replace('[minimum{1}]', '1') },
        target: { connection: 'files', activity: 'Write', options: { path: '[file].json' } },
      },
      variables: { file: 'inline' },
    })

    expect(await endOf(runId)).toMatchObject({
      status: 'success',
      operation: 'inline',
      counts: { read: 2, filtered: 1, written: 1 },
    })
    expect(JSON.parse(await home.read('files/inline.json'))).toEqual([{ a: 2 }])
  })

  test.each([
    [
      'an unknown key',
      { operation: 'ids', variabels: {} },
      '/variabels: is not a known key, did you mean "variables"?',
    ],
    ['no operation', {}, '/operation: is missing'],
    ['something else', 'hello', 'must be an object'],
  ])('refuses a job with %s and does not try it again', async (_what, data, reason) => {
    const runId = await enqueue(data, { attempts: 5 })

    expect(await endOf(runId)).toMatchObject({
      status: 'error',
      attempt: 1,
      error: { code: 'OPERATION_INVALID', message: expect.stringContaining(reason) },
    })
  })

  test('does not let a job read the environment of the agent', async () => {
    const connection = {
      connector: 'bigcommerce',
      settings: { storeHash: 'x', accessToken: { env: 'SHOP_TOKEN' }, apiUrl: store.url },
    }
    const runId = await enqueue({
      operation: {
        source: { connection, activity: 'Query', options: { object: 'products' } },
        target: { connection: 'files', activity: 'Write', options: { path: 'x.csv' } },
      },
    })

    expect(await endOf(runId)).toMatchObject({ status: 'error', error: { code: 'SECRET_UNAVAILABLE' } })
  })

  test.each([
    ['shop', { ok: true, message: expect.stringContaining('connected to') }],
    ['wrong-token', { ok: false, code: 'AUTHENTICATION_FAILED' }],
  ])('tests the connection %s', async (name, expected) => {
    expect(await agent.client.post<ConnectionTest>(`/v1/connections/${name}/test`)).toMatchObject(expected)
  })

  test.each([
    ['POST /v1/operations/broken/runs', 'PROJECT_INVALID', 'operations/broken.yaml:'],
    ['POST /v1/operations/idz/runs', 'OPERATION_NOT_FOUND', 'did you mean "ids"?'],
    [
      'POST /v1/connections/broken/test',
      'PROJECT_INVALID',
      'connections/broken.yaml:2: setings is not a known key, did you mean "settings"?',
    ],
    ['GET /v1/runs/none', 'RUN_NOT_FOUND', 'none'],
    ['POST /v1/runs/none/cancel', 'RUN_NOT_FOUND', 'none'],
  ])('answers %s with %s', async (request, code, message) => {
    const [method, path = ''] = request.split(' ')

    const answer = method === 'GET' ? agent.client.get(path) : agent.client.post(path)

    await expect(answer).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('leaves jobs in the queue while it is drained, and takes them when it resumes', async () => {
    await agent.client.post('/v1/drain')
    const { runId } = await agent.submit('ids')
    const drained = await agent.status()
    const waiting = await poll(
      () => agent.status(),
      ({ queue }) => queue.waiting === 1,
    )

    await agent.client.post('/v1/resume')
    const run = await agent.ended(runId)

    expect(drained.state).toBe('drained')
    expect(waiting.runners[0]).toMatchObject({ state: 'paused', runs: [] })
    expect(run.status).toBe('success')
  })

  test('cancels a run that still waits', async () => {
    await agent.client.post('/v1/drain')
    const { runId } = await agent.submit('ids')

    const run = await agent.client.post(`/v1/runs/${runId}/cancel`).finally(() => agent.client.post('/v1/resume'))

    expect(run).toMatchObject({ status: 'canceled', counts: { read: 0 } })
  })

  test('ends a run that takes too long', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 20_000 })

    const { runId } = await agent.submit('ids', { timeoutSeconds: 1 })
    const run = await agent.ended(runId)
    store.clearFaults()

    expect(run).toMatchObject({ status: 'error', error: { code: 'RUN_TIMEOUT' } })
  })

  test('takes the same run id for the same run', async () => {
    const [first, second] = [await agent.submit('ids', { runId: 'mine' }), await agent.submit('ids', { runId: 'mine' })]

    await agent.ended('mine')

    expect(second.cursor).toBe(first.cursor)
  })

  test.each(['12345', '-1'])('takes the number %s as a run id', async runId => {
    await agent.submit('ids', { runId })
    await agent.submit('ids', { runId })
    const run = await agent.ended(runId)

    expect(run).toMatchObject({ runId, status: 'success', attempt: 1 })
  })

  test('refuses a run id that belongs to another operation', async () => {
    const { runId } = await agent.submit('ids')

    const refused = agent.submit('products', { runId })

    await expect(refused).rejects.toMatchObject({ code: 'RUN_ID_TAKEN' })
    await agent.ended(runId)
  })

  test('loads a connector only when a run needs it', async () => {
    const { connectors } = await agent.client.get<{ connectors: { name: string; verified: boolean }[] }>(
      '/v1/connectors',
    )

    expect(connectors.map(({ name, verified }) => [name, verified])).toEqual([
      ['bigcommerce', true],
      ['local-storage', true],
      ['variable', true],
    ])
  })
})

describe('starting an agent', () => {
  test('waits for Redis instead of failing', async () => {
    const away = await startRedis()
    await away.kill()
    const otherHome = await createHome()
    await writeShopProject(otherHome, store.url, planted)
    const waiting = await startAgentProcess({ home: otherHome, redisUrl: away.url })

    const before = await poll(
      () => waiting.status(),
      ({ redis: { problem } }) => problem !== undefined,
    )
    const refused = await waiting.submit('ids').catch((error: unknown) => error)
    await away.start()
    await poll(
      () => waiting.status(),
      ({ redis: { connected } }) => connected,
    )
    const { runId } = await waiting.submit('ids')
    const run = await waiting.ended(runId)

    // On a busy machine the start takes longer than a connection may, so that its time-out is seen first.
    expect(before.redis).toMatchObject({ connected: false, problem: expect.stringMatching(/ECONNREFUSED|ETIMEDOUT/) })
    expect(refused).toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(run.status).toBe('success')
    await waiting.stop()
    await Promise.all([away.close(), otherHome.delete()])
  })

  test.each([
    ['a wrong key', ['--set', 'runers=2'], 'runers is not a known key, did you mean "runners"?'],
    ['a home that another agent uses', [], 'another agent runs on it'],
    ['a key file in a place that is no folder', ['--set', 'dataDir=/dev/null/x'], 'dataDir /dev/null/x cannot be used'],
  ])('ends with exit code 2 for %s', async (_what, flags, reason) => {
    const main = join(import.meta.dirname, '..', 'main.js')

    const failure = await promisify(execFile)(
      process.execPath,
      [main, 'start', '--home', home.directory, '--set', 'api.port=0', ...flags],
      {
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    ).catch((error: { code: number; stderr: string }) => error)

    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
  })
})
