import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { LoggerAnswer, LoggerList } from '../api/loggers.ts'
import { agentLineSchema, connectorLineSchema } from '../logs/line-schema.ts'
import { compileSchema } from '../schema.ts'
import {
  type AgentProcess,
  type AgentSettings,
  createHome,
  poll,
  startAgentProcess,
  type TestHome,
} from './agent-process.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { writeShopProject } from './shop.ts'

const connector = 'org.jitterbit.connector.bigcommerce'
const entry = `<logger name="${connector}" level="DEBUG"/>`
const fileWith = (inside: string) => `<configuration>\n  ${inside}\n</configuration>\n`

let redis: TestRedis
let store: Sandbox
let home: TestHome
const homes: TestHome[] = []
const agents: AgentProcess[] = []
beforeAll(async () => {
  ;[redis, store] = await Promise.all([startRedis(), startSandbox({ products: 400, plan: 'unlimited' })])
})
beforeEach(async () => {
  home = await openHome()
})
afterEach(async () => {
  store.clearFaults()
  await Promise.all(agents.splice(0).map(agent => agent.stop()))
  await Promise.all(homes.splice(0).map(each => each.delete()))
})
afterAll(async () => {
  await Promise.all([store.close(), redis.close()])
})

async function openHome(): Promise<TestHome> {
  const made = await createHome()
  homes.push(made)
  await writeShopProject(made, store.url)
  await mkdir(join(made.directory, 'config'))
  return made
}

async function start(settings: Partial<AgentSettings> = {}): Promise<AgentProcess> {
  const set = ['logs.level=info', ...(settings.set ?? [])]
  const agent = await startAgentProcess({ home, redisUrl: redis.url, ...settings, set })
  agents.push(agent)
  return agent
}

const writeLevels = (text: string) => writeFile(join(home.directory, 'config/logback.xml'), text)

type Line = { readonly [field: string]: unknown }

/** Lines of the connector of an agent's home, of a run when it is named. */
async function linesOf(of: TestHome = home, runId?: string): Promise<readonly Line[]> {
  const text = await of.read('var/logs/connectors/bigcommerce.log').catch(() => '')
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line) as Line).filter(line => runId === undefined || line['runId'] === runId)
}

/** What holds for the connector's logger. */
async function levelOn(agent: AgentProcess): Promise<string> {
  const { loggers } = await agent.client.get<LoggerList>('/v1/loggers')
  return loggers.find(({ name }) => name === connector)?.level ?? 'unknown'
}

const untilLevel = (agent: AgentProcess, level: string) =>
  poll(
    () => levelOn(agent),
    found => found === level,
  )

/** A run that asks for ten products at a time, each answer a while later, so that it is under way for seconds. */
async function startSlowRun(agent: AgentProcess): Promise<string> {
  await home.write(
    'operations/slow.yaml',
    `source: { connection: shop, activity: Query, options: { object: products, pageSize: 10, readAhead: 1 } }
target: { connection: files, activity: Write, options: { path: slow.ndjson } }
`,
  )
  store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 300 })
  const { runId } = await agent.submit('slow')
  await untilAsked(3)
  return runId
}

/** Waits until the store has answered so many more requests. */
async function untilAsked(more: number): Promise<void> {
  const before = store.requestCount
  await poll(
    async () => store.requestCount,
    count => count >= before + more,
  )
}

describe('the entry in config/logback.xml', () => {
  test('switches verbose lines on for a run under way, and off again', async () => {
    const agent = await start()
    const runId = await startSlowRun(agent)
    const before = await linesOf()

    await writeLevels(fileWith(entry))
    const during = await poll(
      () => linesOf(home, runId),
      lines => lines.length >= 3,
    )
    await writeLevels(fileWith(`<!-- ${entry} -->`))
    await untilLevel(agent, 'INFO')
    const after = await linesOf()
    await untilAsked(4)
    const later = await linesOf()
    const { status } = await agent.until(runId, () => true)
    store.clearFaults()
    const ended = await agent.ended(runId)

    expect(before).toEqual([])
    expect(status).toBe('running')
    expect(during[0]).toMatchObject({
      level: 'debug',
      logger: connector,
      message: 'request answered',
      method: 'GET',
      path: '/v3/catalog/products',
      query: expect.stringContaining('limit=10'),
      status: 200,
      durationMs: expect.any(Number),
      bytes: expect.any(Number),
      requestId: expect.any(String),
      correlationId: runId,
    })
    expect(during.map(compileSchema(connectorLineSchema)).filter(({ ok }) => !ok)).toEqual([])
    expect(later.length).toBeLessThanOrEqual(after.length + 1)
    expect(ended).toMatchObject({ status: 'success', counts: { read: 400, written: 400 } })
  })

  test('that is broken keeps the last good levels, and tells where', async () => {
    await writeLevels(fileWith(entry))
    const agent = await start()
    await writeLevels(fileWith(entry.replace('level=', 'level')))

    const { file, loggers } = await poll(
      () => agent.client.get<LoggerList>('/v1/loggers'),
      list => list.file.problem !== undefined,
    )
    const { runId } = await agent.submit('ids')
    await agent.ended(runId)

    const { path, problem = '' } = file
    expect(problem.slice(path.length)).toBe(':2:54: the attribute level has no value')
    expect(loggers).toContainEqual({ name: connector, level: 'DEBUG', from: connector, source: 'file' })
    expect((await linesOf(home, runId)).length).toBeGreaterThan(0)
    const own = (await home.read('var/logs/agent.log')).trimEnd().split('\n')
    expect(own.join()).toContain(`"problem":"${problem}"`)
    expect(
      own
        .map(line => JSON.parse(line))
        .map(compileSchema(agentLineSchema))
        .filter(({ ok }) => !ok),
    ).toEqual([])
  })
})

describe('agent loggers set', () => {
  test('holds over a restart, for all runners, and falls back by itself', async () => {
    const first = await start()
    const answer = await first.client.put<LoggerAnswer>(`/v1/loggers/${connector}`, { level: 'DEBUG', for: '30m' })
    await first.stop()
    const agent = await start({ set: ['runners=2'] })
    const runs = await Promise.all([1, 2, 3, 4].map(() => agent.submit('ids')))
    await Promise.all(runs.map(({ runId }) => agent.ended(runId)))
    const verbose = await linesOf()
    await agent.client.put(`/v1/loggers/${connector}`, { level: 'DEBUG', for: '2s' })

    await untilLevel(agent, 'INFO')
    const quiet = await agent.submit('ids')
    await agent.ended(quiet.runId)

    expect(answer).toMatchObject({ level: 'DEBUG', source: 'agent', affects: [connector] })
    expect(new Set(verbose.map(line => line['runId']))).toEqual(new Set(runs.map(({ runId }) => runId)))
    expect(await linesOf(home, quiet.runId)).toEqual([])
    expect(agent.output()).toContain(`${connector} DEBUG until `)
  })

  test('for the group reaches a run of another agent, and its fall too', async () => {
    const other = await openHome()
    const [here, there] = await Promise.all([start(), start({ home: other, set: ['agent.name=b'] })])

    await here.client.put(`/v1/loggers/${connector}`, { level: 'DEBUG', for: '5s', group: true })
    await untilLevel(there, 'DEBUG')
    await there.client.post('/v1/connections/shop/test')
    const verbose = await linesOf(other)
    await untilLevel(there, 'INFO')
    await there.client.post('/v1/connections/shop/test')

    expect(verbose.length).toBeGreaterThan(0)
    expect(await linesOf(other)).toHaveLength(verbose.length)
  })

  test('is told to a runner that starts later', async () => {
    const agent = await start()
    await agent.client.put(`/v1/loggers/${connector}`, { level: 'DEBUG', for: '30m' })
    const [runner] = (await agent.status()).runners
    process.kill(runner?.pid ?? 0, 'SIGKILL')
    await poll(agent.status, ({ runners }) => runners[0]?.state === 'running' && runners[0].restarts === 1)

    const { runId } = await agent.submit('ids')
    await agent.ended(runId)

    expect((await linesOf(home, runId)).length).toBeGreaterThan(0)
  })
})

describe('a secret', () => {
  test('stands in no line, whatever the level and wherever the store repeats it', async () => {
    const token = 'planted-secret-token-4711'
    const echoing = await startSandbox({
      products: 300,
      plan: 'unlimited',
      tokens: [{ accessToken: token, scopes: 'all' }],
    })
    try {
      await writeShopProject(home, echoing.url, token)
      // Long answers are cut at 10,000 characters, and every product repeats the token.
      await home.write(
        'operations/plant.yaml',
        `source: { connection: shop, activity: Query, options: { object: products, limit: 60 } }
transformation: { fields: { id: id, description: { value: '${'x'.repeat(97)} ${token}' } } }
target: { connection: shop, activity: Update, options: { object: products } }
`,
      )
      await writeLevels(fileWith(`<root level="ALL"/>`))
      const agent = await start()
      const planted = await agent.submit('plant')
      const { status } = await agent.ended(planted.runId)
      const read = await agent.submit('products')
      await agent.ended(read.runId)

      const lines = await linesOf()

      expect(status).toMatch(/^success/)
      expect(lines.filter(line => line['message'] === 'request sent' && 'body' in line).length).toBeGreaterThan(0)
      expect(
        lines.map(line => String(line['body'] ?? '')).filter(body => body.includes('********')).length,
      ).toBeGreaterThan(1)
      expect(Math.max(...lines.map(line => String(line['body'] ?? '').length))).toBeLessThan(10_050)
      expect(Math.max(...lines.map(line => String(line['body'] ?? '').length))).toBeGreaterThan(10_000)
      expect(JSON.stringify(lines)).not.toContain('planted')
      expect(agent.output()).not.toContain('planted')
    } finally {
      await echoing.close()
    }
  })
})
