import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openClient } from '../agent/cli/api-client.ts'
import { follow } from '../agent/cli/follow.ts'
import { exitCodes } from '../agent/cli/io.ts'
import { createPaint } from '../agent/cli/paint.ts'
import { runText } from '../agent/cli/run.ts'
import { startSandbox } from '../connectors/bigcommerce/sandbox/sandbox.ts'

/** The demo: a private Redis, the sandbox store, an agent, one run. Everything it writes is under var/quickstart. */
const root = join(import.meta.dirname, '..', '..')
const home = join(root, 'var', 'quickstart')
const isOnce = process.argv.includes('--once')
const interrupt = new AbortController()
const children: { readonly name: string; readonly process: ChildProcess }[] = []

process.on('SIGINT', () => interrupt.abort())
process.on('SIGTERM', () => interrupt.abort())
try {
  process.exitCode = await demo()
} catch (thrown) {
  process.stderr.write(
    `\nthe quickstart failed: ${thrown instanceof Error ? thrown.message : thrown}\nits logs are in ${home}\n`,
  )
  process.exitCode = 1
} finally {
  for (const child of children.reverse()) await end(child.process)
}

async function demo(): Promise<number> {
  // A new home each time: the demo shows a first start.
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  say('starting a private Redis')
  const redisUrl = await startRedis()
  say('starting the sandbox store: 1,000 products')
  const store = await startSandbox({ products: 1_000, plan: 'standard' })
  try {
    writeProject(store.url)
    cpSync(join(root, 'config', 'logback.xml'), join(home, 'config', 'logback.xml'))
    say('starting the agent')
    const agent = startAgent(redisUrl, store.accessToken)
    return await copyProducts(agent)
  } finally {
    await store.close()
  }
}

async function startRedis(): Promise<string> {
  const port = await freePort()
  const directory = join(home, 'redis')
  mkdirSync(directory)
  const flags = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
  ]
  start('redis-server', 'redis-server', flags, {})
  return `redis://127.0.0.1:${port}`
}

function writeProject(apiUrl: string): void {
  cpSync(join(root, 'config', 'example-project'), join(home, 'project'), { recursive: true })
  writeFileSync(
    join(home, 'project', 'variables.yaml'),
    `storeHash: sandbox\napiUrl: ${apiUrl}\noutputDirectory: ${home}\n`,
  )
}

function startAgent(redisUrl: string, accessToken: string): ChildProcess {
  const flags = [`redis.url=${redisUrl}`, 'api.port=0', 'runners=1'].flatMap(each => ['--set', each])
  const main = join(root, 'dist', 'agent', 'main.js')
  return start('agent', process.execPath, [main, 'start', '--home', home, ...flags], {
    BIGCOMMERCE_ACCESS_TOKEN: accessToken,
  })
}

async function copyProducts(agent: ChildProcess): Promise<number> {
  const client = await untilReady(agent)
  say(`the agent is up at ${client.url}`)
  say('submitting the operation "Products to CSV"\n')
  let exitCode = 0
  const setExitCode = (code: number) => {
    exitCode = code
  }
  const io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: {},
    signal: interrupt.signal,
    setExitCode,
  }
  const { runId } = await client.post<{ runId: string }>(`/v1/operations/${encodeURIComponent('Products to CSV')}/runs`)
  const run = await follow(client, runId, io, false)
  if (run === undefined) return exitCodes.interrupted.code
  process.stdout.write(`\n${runText(run, createPaint(process))}`)
  if (run.status !== 'success') return exitCode === 0 ? exitCodes.runFailed.code : exitCode
  await showFile()
  if (isOnce) return 0
  const agentCommand = `npx agent status --home ${relative(process.cwd(), home) || '.'}`
  say(`\nEverything stays up until Ctrl-C. In another terminal: ${agentCommand}`)
  await Promise.race([new Promise(resolve => interrupt.signal.addEventListener('abort', resolve)), exited(agent)])
  return 0
}

async function untilReady(agent: ChildProcess): Promise<ReturnType<typeof openClient>> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    if (agent.exitCode !== null) break
    interrupt.signal.throwIfAborted()
    await sleep(100)
    // The agent leaves its address in its home when it listens. Before that the client would ask the default address,
    // where another agent may answer.
    if (!existsSync(join(home, 'var', 'agent.url'))) continue
    const client = openClient({ home }, {})
    const { ready } = await client.get<{ ready: boolean }>('/readyz').catch(() => ({ ready: false }))
    if (ready) return client
  }
  throw new Error('the agent did not start')
}

async function showFile(): Promise<void> {
  const file = join(home, 'products.csv')
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n')
  process.stdout.write(`\n${relative(process.cwd(), file)}: ${(lines.length - 1).toLocaleString('en-US')} products\n\n`)
  for (const line of lines.slice(0, 5)) process.stdout.write(`  ${line.slice(0, 110)}\n`)
}

function start(
  name: string,
  command: string,
  args: readonly string[],
  env: { readonly [name: string]: string },
): ChildProcess {
  const log = openSync(join(home, `${name}.out`), 'a')
  // Its own process group: Ctrl-C reaches this process only, which ends the others in order.
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true,
    env: { ...withoutAgentVariables(), ...env },
  })
  children.push({ name, process: child })
  return child
}

/** What the operator set for a real agent must not reach the demo. */
function withoutAgentVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AGENT_')))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited(child)
  clearTimeout(timer)
}

function exited(child: ChildProcess): Promise<unknown> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise(resolve => child.once('exit', resolve))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
