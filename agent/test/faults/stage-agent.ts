import type { Sandbox } from '../../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { DataRecord } from '../../../connectors/sdk/connector.ts'
import { type AgentProcess, createHome, startAgentProcess, type TestHome } from '../agent-process.ts'
import type { TestRedis } from '../redis.ts'
import { createHttpTap, type HttpEvent } from './http-tap.ts'
import type { OperationKind } from './operations.ts'
import { createRedisTap, type RedisEvent } from './redis-tap.ts'
import { startProxy, type TcpProxy } from './tcp-proxy.ts'
import { createTraps, type Traps } from './traps.ts'

/** A proxy with what is to happen behind it. */
export interface Line<Event> {
  readonly proxy: TcpProxy
  readonly traps: Traps<Event>
}

/** An agent on a stage, alone behind its two proxies. */
export interface StageAgent {
  readonly name: string
  readonly home: TestHome
  readonly store: Line<HttpEvent>
  readonly redis: Line<RedisEvent>
  /** The agent that runs; undefined while there is none. */
  process(): AgentProcess | undefined
  start(set?: readonly string[]): Promise<void>
  /** The process id of the runner that has a run, else of the first. */
  runnerPid(): Promise<number>
  killRunner(): Promise<void>
  /** Ends it at once, without a word; its runners notice by themselves. */
  killSupervisor(): Promise<void>
  /** Whether no runner of it has a run. */
  isIdle(): Promise<boolean>
  stop(): Promise<void>
  delete(): Promise<void>
}

/** A machine that does other work besides is slow with new processes. */
const startMs = 180_000

/** What an agent is started with. */
export interface StageAgentSettings {
  readonly name: string
  readonly operation: OperationKind
  readonly records: readonly DataRecord[]
  readonly store: Sandbox
  readonly redis: TestRedis
  readonly set: readonly string[]
  readonly env: (home: TestHome) => Promise<Readonly<Record<string, string>>>
}

/** Makes a home with the operation's project and the two proxies; starts nothing. */
export async function createStageAgent(settings: StageAgentSettings): Promise<StageAgent> {
  const { name, store, redis, set: usual, env } = settings
  const home = await createHome()
  const storeLine = await openLine<HttpEvent>(Number(new URL(store.url).port), createHttpTap)
  const redisLine = await openLine<RedisEvent>(redis.port, createRedisTap)
  await writeProject(home, settings, storeLine.proxy.port)
  let running: AgentProcess | undefined

  async function runnerPid(): Promise<number> {
    const runners = (await running?.status())?.runners ?? []
    const pid = (runners.find(({ runs }) => runs.length > 0) ?? runners[0])?.pid
    if (pid === undefined) throw new Error('there is no runner')
    return pid
  }

  return {
    name,
    home,
    store: storeLine,
    redis: redisLine,
    process: () => running,
    async start(set = []) {
      const redisUrl = `redis://127.0.0.1:${redisLine.proxy.port}`
      const flags = [`agent.name=${name}`, ...usual, ...set]
      running = await startAgentProcess({ home, redisUrl, set: flags, env: await env(home), startMs })
    },
    runnerPid,
    killRunner: async () => void process.kill(await runnerPid(), 'SIGKILL'),
    async killSupervisor() {
      const killed = running
      running = undefined
      killed?.signal('SIGKILL')
      await killed?.exit()
    },
    async isIdle() {
      const status = await running?.status().catch(() => undefined)
      if (status === undefined) return running === undefined
      return status.runners.every(({ runs }) => runs.length === 0)
    },
    async stop() {
      await running?.stop()
      running = undefined
    },
    async delete() {
      await Promise.all([storeLine.proxy.close(), redisLine.proxy.close()])
      await home.delete()
    },
  }
}

async function openLine<Event>(
  port: number,
  createTap: (traps: Traps<Event>) => ReturnType<typeof createHttpTap>,
): Promise<Line<Event>> {
  const traps = createTraps<Event>()
  return { traps, proxy: await startProxy({ port, tap: () => createTap(traps) }) }
}

async function writeProject(
  home: TestHome,
  { operation, records, store }: StageAgentSettings,
  storePort: number,
): Promise<void> {
  const account = `storeHash: ${store.storeHash}\n  accessToken: ${store.accessToken}`
  const shop = `connector: bigcommerce\nsettings:\n  ${account}\n  apiUrl: http://127.0.0.1:${storePort}\n`
  await home.write('connections/shop.yaml', shop)
  const files = `connector: local-storage\nsettings:\n  directory: ${home.directory}/files\n`
  await home.write('connections/files.yaml', files)
  await home.write('operations/work.yaml', operation.definition)
  await home.write('../files/in.ndjson', records.map(record => `${JSON.stringify(record)}\n`).join(''))
}
