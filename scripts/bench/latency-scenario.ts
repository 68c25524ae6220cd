import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startRedis } from '../../agent/test/redis.ts'
import type { ClientName } from './client-process.ts'
import { median, round, tableOf } from './figures.ts'
import { openOurAgent } from './our-agent.ts'
import type { MemoryHalves } from './process-figures.ts'
import { type Store, startStore } from './store.ts'
import { type Bench, inTurns, takeClientTurn } from './turns.ts'

const ours = 'the agent'
type Contestant = typeof ours | ClientName
const contestants: readonly Contestant[] = [ours, 'bare undici loop', 'node-bigcommerce', '@space48/bigcommerce-api']
const latencyMs = 200
const operation = `source: { connection: shop, activity: Query, options: { object: products } }
target: { connection: files, activity: Write, options: { path: products.ndjson } }
`

interface Turn extends Partial<MemoryHalves> {
  readonly seconds: number
  readonly records: number
  readonly peakMb: number
  readonly cpuSeconds: number
  readonly isCapped: boolean
  /** What is wrong with the file; empty when nothing is. */
  readonly fault: string
}

/** Reads all products of a store that is slow to answer and has no quota. */
export async function compareAtLatency(bench: Bench): Promise<object> {
  const products = bench.records ?? 100_000
  const store = await startStore({ products, plan: 'unlimited', latencyMs })
  try {
    await takeTurn('bare undici loop', { store, products, bench }) // makes the records, for which nobody should pay
    const turns = await inTurns(contestants, bench.rounds, async (contestant, number) => {
      const turn = await takeTurn(contestant, { store, products, bench })
      bench.say(
        `latency, round ${number}, ${contestant}: ${round(rateOf(turn))} records/s${turn.fault === '' ? '' : `, ${turn.fault}`}`,
      )
      return turn
    })
    const rows = contestants.map(contestant => rowOf(contestant, turns))
    bench.say(`\nlatency: ${products} products at ${latencyMs} ms, no quota, medians of ${bench.rounds} rounds`)
    bench.say(tableOf(rows))
    bench.say(`of a client that was ended after ${bench.capSeconds} s, the rate is that of what it had done by then\n`)
    return { scenario: 'latency', products, latencyMs, rounds: bench.rounds, capSeconds: bench.capSeconds, rows }
  } finally {
    await store.stop()
  }
}

function rowOf(contestant: Contestant, turns: ReadonlyMap<Contestant, readonly Turn[]>) {
  const [own, agents] = [turns.get(contestant) ?? [], turns.get(ours) ?? []]
  const ratios = own.map((turn, at) => rateOf(agents[at]) / rateOf(turn))
  const of = (field: 'peakMb' | 'firstHalfMb' | 'secondHalfMb' | 'cpuSeconds') =>
    median(own.map(turn => turn[field] ?? Number.NaN))
  return {
    contestant,
    'records/s': round(median(own.map(rateOf))),
    'agent is faster by': round(median(ratios)),
    records: median(own.map(({ records }) => records)),
    capped: own.some(({ isCapped }) => isCapped) ? 'yes' : 'no',
    'in order': own.every(({ fault }) => fault === '') ? 'yes' : 'NO',
    'peak MB': round(of('peakMb')),
    'first half MB': round(of('firstHalfMb')),
    'second half MB': round(of('secondHalfMb')),
    'cpu s': round(of('cpuSeconds')),
  }
}

function rateOf(turn: Turn | undefined): number {
  return turn === undefined ? Number.NaN : turn.records / turn.seconds
}

interface Place {
  readonly store: Store
  readonly products: number
  readonly bench: Bench
}

async function takeTurn(contestant: Contestant, { store, products, bench }: Place): Promise<Turn> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const file = join(folder, 'products.ndjson')
  try {
    if (contestant === ours) {
      const { counts, ...figures } = await letAgentRead(store, folder, bench.signal)
      const fault = figures.status === 'success' ? await faultOf(file, products) : figures.status
      return { ...figures, records: counts.written, isCapped: false, fault }
    }
    const { capSeconds, signal } = bench
    const figures = await takeClientTurn({ client: contestant, work: 'read', url: store.url, file, capSeconds }, signal)
    return { ...figures, fault: await faultOf(file, figures.isCapped ? figures.records : products) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function letAgentRead(store: Store, folder: string, signal: AbortSignal) {
  const redis = await startRedis()
  try {
    const agent = await openOurAgent({ redisUrl: redis.url, storeUrl: store.url, folder, operation, signal })
    return await agent.run().finally(() => agent.close())
  } finally {
    await redis.close()
  }
}

/** Whether a file holds so many records, each greater in its id than the one before. */
async function faultOf(file: string, expected: number): Promise<string> {
  let count = 0
  let last = 0
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { id } = JSON.parse(line) as { id: number } // a product
    if (id <= last) return `record ${count + 1} has id ${id} after ${last}`
    last = id
    count += 1
  }
  return count === expected ? '' : `${count} records instead of ${expected}`
}
