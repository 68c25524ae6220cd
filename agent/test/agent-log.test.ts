import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { agentLineSchema, connectorLineSchema } from '../logs/line-schema.ts'
import { compileSchema, problemText } from '../schema.ts'
import { type AgentProcess, type AgentSettings, createHome, startAgentProcess, type TestHome } from './agent-process.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { writeShopProject } from './shop.ts'

let redis: TestRedis
let store: Sandbox
let home: TestHome
const agents: AgentProcess[] = []
beforeAll(async () => {
  ;[redis, store] = await Promise.all([startRedis(), startSandbox({ products: 60, plan: 'unlimited' })])
})
beforeEach(async () => {
  home = await createHome()
  await writeShopProject(home, store.url)
})
afterEach(async () => {
  await Promise.all(agents.splice(0).map(agent => agent.stop()))
  await home.delete()
})
afterAll(async () => {
  await Promise.all([store.close(), redis.close()])
})

async function start(settings: Partial<AgentSettings> = {}): Promise<AgentProcess> {
  const agent = await startAgentProcess({ home, redisUrl: redis.url, ...settings })
  agents.push(agent)
  return agent
}

/** `agent logs` of the home, in a process of its own. */
function logs(...flags: readonly string[]) {
  const main = join(import.meta.dirname, '..', 'main.js')
  const env = { ...process.env, NODE_OPTIONS: '' }
  return promisify(execFile)(process.execPath, [main, 'logs', '--home', home.directory, ...flags], { env })
}

/** All lines of the files that are written, by the name of the log. */
async function writtenLines(): Promise<{ readonly agent: readonly string[]; readonly connectors: readonly string[] }> {
  const connectors = await readdir(join(home.directory, 'var/logs/connectors'))
  const texts = await Promise.all(connectors.map(name => home.read(join('var/logs/connectors', name))))
  return { agent: linesOf(await home.read('var/logs/agent.log')), connectors: texts.flatMap(linesOf) }
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n')
}

function fieldsOf(line: string | undefined): { readonly [name: string]: unknown } {
  return JSON.parse(line ?? '') // a line of the agent's own
}

/** Asks for runs that do not exist: each request is a line with its path at the level debug. */
async function ask(agent: AgentProcess, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    await agent.client.get(`/v1/runs/n${number}`).catch(() => undefined)
  }
}

function askedIn(lines: readonly string[]): readonly number[] {
  return lines.flatMap(line => /\/v1\/runs\/n(\d+)/.exec(line)?.[1] ?? []).map(Number)
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('the agent log', () => {
  test('has only lines of the published schema', async () => {
    const agent = await start({ set: ['logs.level=trace'] })
    const { runId } = await agent.submit('products')
    await agent.ended(runId)
    await agent.client.post('/v1/connections/shop/test')
    const [runner] = (await agent.status()).runners
    process.kill(runner?.pid ?? 0, 'SIGKILL')
    await agent.stop()

    const { agent: own, connectors } = await writtenLines()
    const check = (schema: Parameters<typeof compileSchema>[0], lines: readonly string[]) => {
      const checked = compileSchema(schema)
      return lines.flatMap(line => {
        const result = checked(fieldsOf(line))
        return result.ok ? [] : [`${result.problems.map(problemText).join('; ')} in ${line}`]
      })
    }
    expect(check(agentLineSchema, own)).toEqual([])
    expect(check(connectorLineSchema, connectors)).toEqual([])
    expect(own.length).toBeGreaterThan(10)
    expect(connectors.length).toBeGreaterThan(2)
  })

  test('is followed over rotations, from a cursor on, and found by filters', async () => {
    const agent = await start({ set: ['logs.maxTotalMegabytes=1'] })
    const followed: string[] = []
    let cursor = ''
    const stream = agent.client.stream('/v1/logs/agent?follow=true&lines=100&grep=/v1/runs/n')[Symbol.asyncIterator]()
    const until = async (last: number) => {
      while (askedIn(followed.slice(-1))[0] !== last) {
        const { value = '' } = await stream.next()
        if (value.startsWith('id: ')) cursor = value.slice(4)
        if (value.startsWith('data: ')) followed.push(value.slice(6))
      }
    }
    await stream.next()
    await ask(agent, 1, 10)
    await until(10)
    const early = cursor

    await ask(agent, 11, 2_500)
    await until(2_500)
    await stream.return?.()
    const again: string[] = []
    for await (const line of agent.client.stream(`/v1/logs/agent?after=${early}&grep=/v1/runs/n`)) again.push(line)

    expect((await readdir(join(home.directory, 'var/logs'))).filter(name => name.endsWith('.gz'))).not.toEqual([])
    expect(askedIn(followed)).toEqual(range(1, 2_500))
    expect(askedIn(again)).toEqual(range(11, 2_500))
    expect(fieldsOf((await logs('-n', '1', '--grep', '/v1/runs/n2500')).stdout)).toMatchObject({
      path: '/v1/runs/n2500',
    })
  })

  test('is read from its files when the agent has stopped', async () => {
    const agent = await start()
    const { runId } = await agent.submit('ids')
    await agent.ended(runId)
    const live = await logs('--connector', 'bigcommerce', '--run', runId)
    await agent.stop()

    const stopped = await logs('--connector', 'bigcommerce', '--run', runId)
    const last = await logs('-n', '1')

    expect(live.stderr).toBe('')
    expect(linesOf(live.stdout).length).toBeGreaterThan(0)
    expect(stopped.stdout).toBe(live.stdout)
    expect(stopped.stderr).toBe(`no agent answers; reading the files in ${home.directory}/var/logs\n`)
    expect(fieldsOf(last.stdout)).toMatchObject({ message: 'agent stopped', isClean: true })
  })

  test('has the names of ECS in files and on stdout when asked', async () => {
    const agent = await start({ set: ['logs.format=ecs'] })
    await agent.stop()

    const { agent: lines } = await writtenLines()

    expect(lines.map(fieldsOf).filter(fields => !('@timestamp' in fields) || !('log.level' in fields))).toEqual([])
    expect(agent.output()).toContain(lines[0])
    expect(linesOf((await logs('--level', 'info', '--grep', 'agent started')).stdout)).toHaveLength(1)
  })
})

describe('an agent whose log cannot be written', () => {
  test('goes on, counts the lines, and tells them on stdout', async () => {
    await mkdir(join(home.directory, 'var/logs/agent.log'), { recursive: true })
    const agent = await start()

    const answer = await fetch(`${agent.client.url}/metrics`, {
      headers: { authorization: `Bearer ${(await home.read('var/api-token')).trim()}` },
    })

    expect(Number(/^agent_log_lines_dropped_total (\d+)$/m.exec(await answer.text())?.[1])).toBeGreaterThan(0)
    expect(agent.output()).toContain('"message":"log file failed"')
    expect(agent.output()).toContain('"message":"agent started"')
  })
})

describe('an agent that dies', () => {
  const throwAtSignal = 'process.on("SIGUSR2",()=>{throw new Error("planted")})'
  const rejectAtSignal = 'process.on("SIGUSR2",()=>{void Promise.reject(new Error("planted"))})'

  test.each([
    ['an uncaught error', throwAtSignal],
    ['an unhandled rejection', rejectAtSignal],
  ])('of %s writes it down last', async (_what, code) => {
    const agent = await start({ env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` } })

    agent.signal('SIGUSR2')
    const exit = await agent.exit()
    const { agent: lines } = await writtenLines()

    expect(exit).toBe(1)
    expect(fieldsOf(lines.at(-1))).toMatchObject({
      level: 'fatal',
      message: 'agent ends at once',
      err: { message: 'planted' },
    })
    expect(agent.output()).toContain(lines.at(-1))
  })

  test('by a third signal writes down why', async () => {
    store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 20_000 })
    const agent = await start()
    const { runId } = await agent.submit('ids')
    await agent.until(runId, ({ status }) => status === 'running')

    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGTERM'] as const) {
      agent.signal(signal)
      await agent.client.get('/livez').catch(() => undefined)
    }
    const exit = await agent.exit()
    store.clearFaults()
    const { agent: lines } = await writtenLines()

    expect(exit).toBe(1)
    expect(fieldsOf(lines.at(-1))).toMatchObject({ level: 'fatal', reason: 'stopped by a third signal' })
  })

  test('by SIGKILL under load leaves whole lines, and the next agent goes on after them', async () => {
    const agent = await start({ set: ['logs.level=trace'] })
    const asking = Promise.all([ask(agent, 1, 5_000), ask(agent, 10_001, 15_000)])
    await agent.submit('products')
    const isLoaded = async () =>
      askedIn(linesOf(await readFile(join(home.directory, 'var/logs/agent.log'), 'utf8'))).length > 300
    while (!(await isLoaded()));

    agent.signal('SIGKILL')
    await Promise.all([agent.exit(), asking])
    const before = await writtenLines()
    await (await start()).stop()
    const after = await writtenLines()

    expect(() => [...before.agent, ...before.connectors].map(fieldsOf)).not.toThrow()
    expect(after.agent.slice(0, before.agent.length)).toEqual(before.agent)
    expect(after.agent.length).toBeGreaterThan(before.agent.length)
  })
})
