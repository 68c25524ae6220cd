import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../../connectors/bigcommerce/sandbox/sandbox.ts'
import { type AgentProcess, createHome, startAgentProcess } from '../agent-process.ts'
import { startRedis } from '../redis.ts'
import { testTrust, writeRelease } from '../release.ts'
import { buggySource, steadySource } from './buggy.ts'

/** An agent, its store and its project, where faults are planted and looked for as an operator does. */
export interface WalkStage {
  readonly home: string
  readonly store: Sandbox
  /** The agent that runs now. */
  agent(): AgentProcess
  /** Starts one again when it was killed. */
  restart(): Promise<void>
  /** Writes a file of the project, or of the home with `../`. */
  write(path: string, contents: string): Promise<void>
  /** Gives the connection `shop` another access token; runs that begin later use it. */
  setToken(token: string): Promise<void>
  /** What `agent …` prints, and its exit code. */
  command(line: string): Promise<Screen>
  close(): Promise<void>
}

/** What an operator sees. */
export interface Screen {
  readonly text: string
  readonly exitCode: number
}

/** Tokens the store knows: for everything, and for products only. */
export const tokens = { whole: 'token-with-every-scope', narrow: 'token-for-products-only' } as const

/** Opens the stage; everything works on it. */
export async function openWalkStage(): Promise<WalkStage> {
  const scopes = ['store_v2_products', 'store_v2_information_read_only']
  const [home, redis, store] = await Promise.all([
    createHome(),
    startRedis(),
    startSandbox({
      products: 1_200,
      customers: 30,
      plan: 'standard',
      tokens: [
        { accessToken: tokens.whole, scopes: 'all' },
        { accessToken: tokens.narrow, scopes },
      ],
    }),
  ])
  const connectors = join(home.directory, 'connectors')
  await mkdir(connectors, { recursive: true })
  await writeRelease(connectors, { name: 'supplier', version: '1.0.0', source: steadySource, manifest: { agent: '*' } })
  await writeRelease(connectors, { name: 'supplier', version: '1.1.0', source: buggySource, manifest: { agent: '*' } })
  for (const [path, contents] of Object.entries(projectFor(store.url))) await home.write(path, contents)
  await home.write('token.txt', tokens.whole)
  const set = [
    `connectors.directory=${connectors}`,
    `connectors.trustedKeys=${JSON.stringify(testTrust.keys)}`,
    ...['logs.level=info', 'agent.name=agent-1', 'policy.disableAutoConnectorUpdate=true'],
  ]
  const start = () => startAgentProcess({ home, redisUrl: redis.url, set })
  let agent = await start()
  return {
    home: home.directory,
    store,
    agent: () => agent,
    async restart() {
      await agent.exit()
      agent = await start()
    },
    write: home.write,
    setToken: token => home.write('token.txt', token),
    command: line => runCommand(line, home.directory),
    async close() {
      await agent.stop()
      await Promise.all([store.close(), redis.close()])
      await home.delete()
    },
  }
}

function projectFor(storeUrl: string): { readonly [path: string]: string } {
  const products = [
    { name: 'Tea pot', type: 'physical', weight: 1, price: 19.9 },
    { name: 'Tea cup', type: 'physical', weight: 0.2, price: 'free' },
    { name: 'Tea tray', type: 'physical', weight: 0.8, price: 24 },
  ]
  return {
    'connections/shop.yaml': `connector: bigcommerce
settings:
  storeHash: sandbox
  accessToken: { file: token.txt }
  apiUrl: ${storeUrl}
`,
    'connections/files.yaml': 'connector: local-storage\nsettings: { directory: files }\n',
    'connections/values.yaml': 'connector: variable\n',
    'connections/supplier.yaml': 'connector: supplier\n',
    'operations/Products.yaml': copy('shop', 'Query', '{ object: products }', 'products.ndjson'),
    'operations/Customers.yaml': copy('shop', 'Query', '{ object: customers }', 'customers.ndjson'),
    'operations/Prices.yaml': copy('supplier', 'Read', '{}', 'prices.ndjson'),
    'operations/New products.yaml': `source: { connection: values, activity: Read, options: { records: ${JSON.stringify(products)} } }
target: { connection: shop, activity: Create, options: { object: products } }
`,
  }
}

function copy(connection: string, activity: string, options: string, file: string): string {
  return `source: { connection: ${connection}, activity: ${activity}, options: ${options} }
target: { connection: files, activity: Write, options: { path: ${file} } }
`
}

/** Splits as a shell does, as far as our lines need it: quotes hold words together. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
}

const main = join(import.meta.dirname, '..', '..', 'main.js')
const longestMs = 60_000

function runCommand(line: string, home: string): Promise<Screen> {
  const [, ...args] = wordsOf(line)
  const env = { ...process.env, AGENT_HOME: home, NODE_OPTIONS: '', COLUMNS: '120' }
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env, cwd: home, timeout: longestMs },
      (_failure, stdout, stderr) => resolve({ text: `${stdout}${stderr}`, exitCode: child.exitCode ?? 1 }),
    )
    child.stdin?.end()
  })
}

/** Exports the refused record and mends its price, as an editor would. */
export async function correctPrice({ command, home }: WalkStage): Promise<void> {
  const { text } = await command('agent rejected field-1')
  await writeFile(join(home, 'corrected.ndjson'), text.replace('"price":"free"', '"price":3.5'))
}

/** Submits a run of all products that takes a while, and waits until it is under way. */
export async function submitSlowRun({ agent, store }: WalkStage, runId: string): Promise<void> {
  store.fault({ path: '/v3/catalog/products', action: 'delay', delayMs: 400, count: 4 })
  await agent().submit('Products', { runId })
  await agent().until(runId, ({ counts }) => counts.read > 0)
}

/** Puts a level into the file that operators paste it into. */
export function pasteLogger(stage: WalkStage, logger: string, level: string): Promise<void> {
  const entry = `<configuration>\n  <logger name="${logger}" level="${level}"/>\n</configuration>\n`
  return mkdir(join(stage.home, 'config'), { recursive: true }).then(() =>
    writeFile(join(stage.home, 'config', 'logback.xml'), entry),
  )
}
