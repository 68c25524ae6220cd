import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../../agent/test/redis.ts'
import { median } from './figures.ts'
import { openOurAgent } from './our-agent.ts'
import { startStore } from './store.ts'
import { takeClientTurn } from './turns.ts'

/**
 * Products of the sandbox store into an NDJSON file: the agent beside a bare loop of undici, JSON.parse and
 * JSON.stringify with as many requests in flight, over the same store, taking turns in one run.
 */
const products = Number(process.argv[2] ?? 100_000)
const rounds = 3
const lanes = 4
const operation = `source: { connection: shop, activity: Query, options: { object: products, readAhead: ${lanes} } }
target: { connection: files, activity: Write, options: { path: bench.ndjson } }
`

const { signal } = new AbortController()
const folder = await mkdtemp(join(tmpdir(), 'bench-'))
const [redis, store] = [await startRedis(), await startStore({ products, plan: 'unlimited' })]
const agent = await openOurAgent({ redisUrl: redis.url, storeUrl: store.url, folder, operation, signal })
const task = { client: 'bare undici loop', work: 'read', url: store.url, capSeconds: 600, readLanes: lanes } as const
const ratios: number[] = []
try {
  for (let round = 1; round <= rounds; round += 1) {
    const loop = await takeClientTurn({ ...task, file: join(folder, 'loop.ndjson') }, signal)
    const run = await agent.run()
    const ratio = loop.seconds / run.seconds
    ratios.push(ratio)
    say(
      `round ${round}: loop ${rate(loop.seconds)} records/s, agent ${rate(run.seconds)} records/s (${run.status}), ratio ${ratio.toFixed(2)}; peak memory: loop ${loop.peakMb} MB, runner ${run.peakMb} MB; processor time: loop ${loop.cpuSeconds.toFixed(1)} s, runner ${run.cpuSeconds.toFixed(1)} s`,
    )
  }
  say(`median ratio ${median(ratios).toFixed(2)} (agent / loop, ${products.toLocaleString('en-US')} products)`)
} finally {
  await agent.close()
  await store.stop()
  await redis.close()
  await rm(folder, { recursive: true, force: true })
}

function rate(seconds: number): string {
  return Math.round(products / seconds).toLocaleString('en-US')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
