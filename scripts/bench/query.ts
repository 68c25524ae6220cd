import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { createHome, startAgentProcess } from '../../agent/test/agent-process.ts'
import { startRedis } from '../../agent/test/redis.ts'
import { writeShopProject } from '../../agent/test/shop.ts'
import { cpuSeconds, peakMb } from './process-figures.ts'

/**
 * Products of the sandbox store into an NDJSON file: the agent beside a bare loop of undici, JSON.parse and
 * JSON.stringify with as many requests in flight, over the same store, taking turns in one run.
 */
const products = Number(process.argv[2] ?? 100_000)
const rounds = 3
const lanes = 4

if (process.argv[3] === 'loop') await bareLoop(String(process.argv[4]), String(process.argv[5]))
else await compare()

async function compare(): Promise<void> {
  const [home, redis] = [await createHome(), await startRedis()]
  const store = await startStore()
  await writeShopProject(home, store.url)
  await home.write(
    'operations/bench.yaml',
    `source: { connection: shop, activity: Query, options: { object: products, readAhead: ${lanes} } }\ntarget: { connection: files, activity: Write, options: { path: bench.ndjson } }\n`,
  )
  const agent = await startAgentProcess({ home, redisUrl: redis.url, set: ['logs.level=info'] })
  const runner = (await agent.status()).runners[0]?.pid ?? 0
  const ratios: number[] = []
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const loop = await timeLoop(store.url)
      const cpuBefore = cpuSeconds(runner)
      const { runId } = await agent.submit('bench')
      const run = await agent.ended(runId)
      const cpu = cpuSeconds(runner) - cpuBefore
      const seconds = (run.durationMs ?? 0) / 1_000
      ratios.push(loop.seconds / seconds)
      say(
        `round ${round}: loop ${rate(loop.seconds)} records/s, agent ${rate(seconds)} records/s (${run.status}), ratio ${(loop.seconds / seconds).toFixed(2)}; peak memory: loop ${loop.peakMb} MB, runner ${peakMb(runner)} MB; processor time: loop ${loop.cpu.toFixed(1)} s, runner ${cpu.toFixed(1)} s`,
      )
    }
    say(
      `median ratio ${[...ratios].sort((a, b) => a - b)[Math.floor(rounds / 2)]?.toFixed(2)} (agent / loop, ${products.toLocaleString('en-US')} products)`,
    )
  } finally {
    await agent.stop()
    store.process.kill('SIGTERM')
    await redis.close()
    await home.delete()
  }
}

async function startStore(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const file = join(import.meta.dirname, '..', '..', 'connectors', 'bigcommerce', 'sandbox', 'main.js')
  const child = spawn(process.execPath, [file, '--products', String(products), '--plan', 'unlimited'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data))))
  return { url: (JSON.parse(line) as { url: string }).url, process: child } // the sandbox's own line
}

interface LoopFigures {
  readonly seconds: number
  readonly peakMb: number
  readonly cpu: number
}

async function timeLoop(url: string): Promise<LoopFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const child = spawn(
    process.execPath,
    [import.meta.filename, String(products), 'loop', url, join(folder, 'loop.ndjson')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const line = await new Promise<string>(resolve => child.stdout.once('data', data => resolve(String(data))))
  rmSync(folder, { recursive: true, force: true })
  return JSON.parse(line) as LoopFigures // printed below
}

async function bareLoop(url: string, file: string): Promise<void> {
  const startedAt = performance.now()
  const dispatcher = new Agent({ connections: 16 })
  const out = createWriteStream(file)
  const fetchPage = async (page: number) => {
    const { body } = await request(
      `${url}/stores/sandbox/v3/catalog/products?sort=id&direction=asc&limit=250&page=${page}`,
      {
        dispatcher,
        headers: { 'x-auth-token': 'sandbox-token', accept: 'application/json' },
      },
    )
    return JSON.parse(await body.text()) as { data: object[]; meta: { pagination: { total_pages: number } } } // the sandbox's answer
  }
  const window = [fetchPage(1)]
  let next = 2
  let last = Number.POSITIVE_INFINITY
  for (let head = window.shift(); head !== undefined; head = window.shift()) {
    const { data, meta } = await head
    last = meta.pagination.total_pages
    while (window.length < lanes && next <= last) window.push(fetchPage(next++))
    let text = ''
    for (const record of data) text += `${JSON.stringify(record)}\n`
    if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', () => resolve()))
  }
  await new Promise<void>(resolve => out.end(resolve))
  const seconds = (performance.now() - startedAt) / 1_000
  say(JSON.stringify({ seconds, peakMb: peakMb(process.pid), cpu: cpuSeconds(process.pid) } satisfies LoopFigures))
  await dispatcher.close()
}

function rate(seconds: number): string {
  return Math.round(products / seconds).toLocaleString('en-US')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
