import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { DebugList, DebugRun } from '../api/debug.ts'
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

const token = 'planted-token-of-the-shop'
let redis: TestRedis
let store: Sandbox
let home: TestHome
const homes: TestHome[] = []
const agents: AgentProcess[] = []
beforeAll(async () => {
  const tokens = [{ accessToken: token, scopes: 'all' as const }]
  ;[redis, store] = await Promise.all([startRedis(), startSandbox({ products: 60, plan: 'unlimited', tokens })])
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
  await writeShopProject(made, store.url, token)
  await mkdir(join(made.directory, 'files'))
  await made.write('operations/slow.yaml', slowOperation())
  return made
}

/** Ten products at a time; every third is left out. */
const slowOperation = (
  more = '',
) => `source: { connection: shop, activity: Query, options: { object: products, pageSize: 10, readAhead: 1 } }
transformation: { where: id % 3 != 0, fields: { id: id, name: name } }
target: { connection: files, activity: Write, options: { path: slow.ndjson } }
${more}`

async function start(settings: Partial<AgentSettings> = {}): Promise<AgentProcess> {
  const set = ['logs.level=info', ...(settings.set ?? [])]
  const agent = await startAgentProcess({ home, redisUrl: redis.url, ...settings, set })
  agents.push(agent)
  return agent
}

type Line = { readonly [field: string]: unknown }

/** The lines of a step of a run. */
async function linesOf(agent: AgentProcess, runId: string, step: string): Promise<readonly Line[]> {
  const lines: Line[] = []
  for await (const line of agent.client.stream(`/v1/runs/${runId}/debug/${step}`)) lines.push(JSON.parse(line) as Line)
  return lines
}

const lastOf = (lines: readonly Line[] = [], kind: string) => lines.findLast(line => line['kind'] === kind)

const main = join(import.meta.dirname, '..', 'main.js')

/** What a command prints. */
async function command(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args, '--home', home.directory], {
    ...{ env, cwd: home.directory, maxBuffer: 50_000_000 },
  })
  return stdout
}

/** Every file of debug data, by its path below the home. */
async function debugFiles(): Promise<readonly { readonly path: string; readonly bytes: Buffer }[]> {
  const root = join(home.directory, 'var/debug')
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Promise.all(paths.sort().map(async path => ({ path, bytes: await readFile(path) })))
}

const hasDebug = (agent: AgentProcess, runId: string) =>
  agent.client.get<DebugRun>(`/v1/runs/${runId}/debug`).then(
    () => true,
    () => false,
  )

/** A run that goes on for seconds. */
async function startSlowRun(agent: AgentProcess): Promise<string> {
  store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 1_500 })
  const before = store.requestCount
  const { runId } = await agent.submit('slow')
  await poll(
    async () => store.requestCount,
    count => count >= before + 2,
  )
  return runId
}

describe('debug logging', () => {
  test('is switched on for an operation whose run is under way, and is read over API and CLI', async () => {
    const agent = await start()
    const runId = await startSlowRun(agent)

    const on = await command('debug', 'on', 'slow', '--for', '30m')
    await poll(
      () => hasDebug(agent, runId),
      found => found,
    )
    store.clearFaults()
    const { status, counts } = await agent.ended(runId)
    const [events, source, target, trigger] = await Promise.all(
      ['events', 'source', 'target', 'trigger'].map(step => linesOf(agent, runId, step)),
    )
    const [shown, list] = await Promise.all([
      command('debug', 'show', runId),
      command('debug'),
      command('debug', 'download', runId, '--output', 'debug.tar.gz'),
    ])
    const archive = gunzipSync(await readFile(join(home.directory, 'debug.tar.gz'))).toString('utf8')
    const made = lastOf(source, 'transformed')
    const log = await agent.messages(runId)
    const connectorLog = await home.read('var/logs/connectors/bigcommerce.log').catch(() => '')

    expect(on).toMatch(/^debug logging is on for operation slow until .{19} \(on this agent\)\n$/)
    expect({ status, counts }).toMatchObject({ status: 'success', counts: { read: 60 } })
    expect(events?.[0]).toMatchObject({ message: 'debug logging is on', by: 'operation "slow", on this agent' })
    expect(events?.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['page read', 'batch settled', 'checkpoint saved', 'request sent', 'attempt ended']),
    )
    expect(events?.find(({ message }) => message === 'answer received')).toMatchObject({
      level: 'trace',
      logger: 'org.jitterbit.connector.bigcommerce',
      method: 'GET',
      path: '/v3/catalog/products',
      status: 200,
      body: expect.stringContaining('"name"'),
    })
    expect(source?.find(({ kind }) => kind === 'page')).toMatchObject({ records: 10, durationMs: expect.any(Number) })
    expect(lastOf(source, 'read')).toMatchObject({ number: 60, record: { id: expect.any(Number) } })
    expect(source?.filter(({ kind }) => kind === 'filtered').length).toBeLessThanOrEqual(counts.filtered)
    expect(lastOf(source, 'filtered')).toMatchObject({ number: expect.any(Number) })
    expect(lastOf(target, 'sent')).toMatchObject({ number: made?.['number'], record: made?.['record'] })
    expect(lastOf(target, 'outcome')).toMatchObject({ number: made?.['number'], status: 'written' })
    expect(trigger).toMatchObject([{ runId, via: 'cli', from: { address: '127.0.0.1' }, job: { operation: 'slow' } }])
    expect(shown).toMatch(/^run .*: \*events \(.*source .*target .*trigger/)
    expect(shown).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}page read {2}page=\d+ records=10 first=\d1 /m)
    expect(list).toMatch(/^operation slow +on this agent +20/m)
    expect(list).toMatch(new RegExp(`^${runId} +slow +20`, 'm'))
    expect(archive).toContain(`${runId}/source-000001.ndjson`)
    expect(archive).toContain('"kind":"outcome"')
    expect(log.filter(({ message }) => message.startsWith('debug logging is on until'))).toHaveLength(1)
    expect(connectorLog).not.toContain('request answered')
    expect(JSON.stringify([events, source, target, trigger, archive])).not.toContain(token)
  }, 120_000)

  test('tells who asked by the command line, with what, and leaves files to their owner', async () => {
    const agent = await start()
    await Promise.all(['mine', 'theirs'].map(runId => command('debug', 'on', '--run', runId)))

    await command('submit', 'slow', '--run-id', 'mine', '--requested-by', 'me', '--var', 'x=1', '--follow')
    const { runId } = await agent.submit('slow')
    await agent.ended(runId)
    const bearer = (await home.read('var/api-token')).trim()
    await fetch(`${agent.client.url}/v1/operations/slow/runs`, {
      method: 'POST',
      body: JSON.stringify({ runId: 'theirs', parent: { runId: 'mine' } }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, 'user-agent': 'shop/1.0' },
    })
    await agent.ended('theirs')
    const trigger = await linesOf(agent, 'mine', 'trigger')
    const theirs = await linesOf(agent, 'theirs', 'trigger')
    const files = await debugFiles()
    const modes = await Promise.all(files.map(async ({ path }) => (await stat(path)).mode & 0o777))
    const folder = await stat(join(files[0]?.path ?? '', '..'))

    expect(trigger).toMatchObject([
      { requestedBy: 'me', via: 'cli', from: { userAgent: 'commerce-agent-cli' }, job: { variables: { x: '1' } } },
    ])
    expect(theirs).toMatchObject([
      { via: 'api', from: { userAgent: 'shop/1.0', agent: expect.any(String) }, parent: { runId: 'mine' } },
    ])
    expect(await hasDebug(agent, runId)).toBe(false)
    expect(new Set(modes)).toEqual(new Set([0o600]))
    expect(folder.mode & 0o777).toBe(0o700)
  }, 120_000)

  test('writes encrypted files without a word of the records, which the agent alone can read', async () => {
    const agent = await start({ set: ['debugLogs.encrypt=true'] })
    const { runId } = await agent.submit('slow', { debug: { enabled: true } })
    await agent.ended(runId)

    const source = await linesOf(agent, runId, 'source')
    const made = source.find(({ kind }) => kind === 'transformed') as { record?: { name: string } } | undefined
    const name = made?.record?.name ?? ''
    const files = await debugFiles()
    await agent.stop()
    const other = await start({ env: { AGENT_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') } })
    const refused = other.client.get(`/v1/runs/${runId}/debug/source`)

    expect(name.length).toBeGreaterThan(5)
    expect(files.length).toBeGreaterThanOrEqual(4)
    expect(files.filter(({ bytes }) => bytes.includes(name) || bytes.includes('"kind"'))).toEqual([])
    await expect(refused).rejects.toMatchObject({
      code: 'DEBUG_LOG_UNREADABLE',
      message: expect.stringContaining('it was encrypted with another key'),
    })
  }, 120_000)

  test('takes children only where it is said so, and what the file of an operation asks for', async () => {
    await home.write('operations/parent.yaml', slowOperation())
    await home.write('operations/filed.yaml', slowOperation(`debug: { until: "${later(600_000)}", children: true }\n`))
    await home.write('operations/far.yaml', slowOperation(`debug: { until: "${later(15 * 86_400_000)}" }\n`))
    const agent = await start()
    const child = async (operation: string) => {
      const { runId } = await agent.submit('slow', { parent: { runId: 'p', operation } })
      await agent.ended(runId)
      return hasDebug(agent, runId)
    }
    const set = (children: boolean) => agent.client.put('/v1/debug/operations/parent', { for: '10m', children })

    await set(false)
    const without = await child('parent')
    await set(true)
    const withChildren = await child('parent')
    const ofFile = await child('filed')
    const own = await agent.submit('filed')
    const far = await agent.submit('far')
    await Promise.all([agent.ended(own.runId), agent.ended(far.runId)])

    expect({ without, withChildren, ofFile }).toEqual({ without: false, withChildren: true, ofFile: true })
    expect(await hasDebug(agent, own.runId)).toBe(true)
    expect(await hasDebug(agent, far.runId)).toBe(false)
    expect((await agent.messages(far.runId)).map(({ message }) => message).join()).toContain('more than 14 days ahead')
  }, 120_000)

  test('is switched on for a group, and falls back by itself and on request', async () => {
    const agent = await start()
    const otherHome = await openHome()
    const other = await start({ home: otherHome })
    const list = () => other.client.get<DebugList>('/v1/debug')

    await command('debug', 'on', '--agent', '--group', '--for', '1h')
    const heard = await poll(list, ({ switches }) => switches.length === 1)
    await command('debug', 'off', '--agent', '--group')
    await poll(list, ({ switches }) => switches.length === 0)
    await agent.client.put('/v1/debug/operations/slow', { for: '2s' })
    await poll(
      () => agent.client.get<DebugList>('/v1/debug'),
      ({ switches }) => switches.length === 0,
    )
    const late = await agent.submit('slow')
    await agent.ended(late.runId)

    expect(heard.switches).toMatchObject([{ target: 'agent', scope: 'group', children: false }])
    expect(await hasDebug(agent, late.runId)).toBe(false)
  }, 120_000)
})

function later(ms: number): string {
  return new Date(Date.now() + ms).toISOString()
}
