import { type Sandbox, type SandboxOptions, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import { type AgentProcess, type AgentSettings, createHome, startAgentProcess, type TestHome } from './agent-process.ts'
import { startRedis, type TestRedis } from './redis.ts'

/** What a test of a whole agent works with: a home with a project, a Redis, a store, and the agents it starts. */
export interface Shop {
  readonly home: TestHome
  readonly redis: TestRedis
  readonly store: Sandbox
  /** Starts an agent, in the home unless the settings say another; it ends with the shop. */
  start(settings?: Partial<AgentSettings>): Promise<AgentProcess>
  close(): Promise<void>
}

/** Opens a shop whose project copies products of the store; no agent runs yet. */
export async function openShop(options: SandboxOptions, accessToken?: string): Promise<Shop> {
  const [home, redis, store] = await Promise.all([createHome(), startRedis(), startSandbox(options)])
  const agents: AgentProcess[] = []
  await writeShopProject(home, store.url, accessToken)
  return {
    home,
    redis,
    store,
    async start(settings = {}) {
      const agent = await startAgentProcess({ home, redisUrl: redis.url, ...settings })
      agents.push(agent)
      return agent
    },
    async close() {
      await Promise.all(agents.map(agent => agent.stop()))
      await Promise.all([store.close(), redis.close()])
      await home.delete()
    },
  }
}

/** Writes a project that copies the products of a store into a file of the home. */
export async function writeShopProject(home: TestHome, url: string, accessToken = 'sandbox-token'): Promise<void> {
  await home.write(
    'connections/shop.yaml',
    `connector: bigcommerce\nsettings:\n  storeHash: sandbox\n  accessToken: ${accessToken}\n  apiUrl: ${url}\n`,
  )
  await home.write(
    'connections/files.yaml',
    `connector: local-storage\nsettings:\n  directory: ${home.directory}/files\n`,
  )
  await home.write('operations/ids.yaml', operation({ target: 'ids.ndjson', fields: 'id: id' }))
  await home.write('operations/products.yaml', operation({ target: 'products.ndjson' }))
}

function operation({ target, fields }: { readonly target: string; readonly fields?: string }): string {
  return `source: { connection: shop, activity: Query, options: { object: products, readAhead: 2 } }
${fields === undefined ? '' : `transformation: { fields: { ${fields} } }\n`}target: { connection: files, activity: Write, options: { path: ${target} } }
`
}

/** What the ids in the lines of an NDJSON text say: how many there are, how many differ, whether they stand in order. */
export function census(text: string): {
  readonly lines: number
  readonly different: number
  readonly isInOrder: boolean
} {
  const ids = text
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { id: number }).id) // our own file
  return {
    lines: ids.length,
    different: new Set(ids).size,
    isInOrder: ids.every((id, index) => id > (ids[index - 1] ?? 0)),
  }
}

/** The census of a file that holds each of so many records exactly once. */
export function exactlyOnce(count: number): ReturnType<typeof census> {
  return { lines: count, different: count, isInOrder: true }
}
