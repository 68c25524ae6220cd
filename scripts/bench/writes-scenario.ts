import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunCounts } from '../../agent/run/status.ts'
import { startRedis } from '../../agent/test/redis.ts'
import type { ClientName } from './client-process.ts'
import { median, round, tableOf } from './figures.ts'
import { openOurAgent } from './our-agent.ts'
import type { NewProduct, ProductUpdate } from './shop-client.ts'
import { type Store, startStore } from './store.ts'
import { type Bench, inTurns, takeClientTurn } from './turns.ts'

const ours = 'the agent'
type Contestant = typeof ours | ClientName
type Work = 'update' | 'create'
const singles: readonly Contestant[] = [ours, 'bare undici loop', 'node-bigcommerce', '@space48/bigcommerce-api']
const contestants: { readonly [work in Work]: readonly Contestant[] } = {
  update: [...singles, '@space48, tens'],
  create: singles,
}
const latencyMs = 50

interface Turn {
  readonly seconds: number
  readonly records: number
  readonly requests: number
  readonly isCapped: boolean
  /** What does not add up; empty when all does. */
  readonly fault: string
}

interface Place {
  readonly store: Store
  readonly bench: Bench
}

/** Updates all products of a store and creates a fifth as many. */
export async function compareWrites(bench: Bench): Promise<object> {
  const products = bench.records ?? 10_000
  const store = await startStore({ products, plan: 'unlimited', latencyMs })
  try {
    const ids = await store.keys()
    const updates = (mpn: string): readonly ProductUpdate[] => ids.map(id => ({ id, mpn }))
    const creates = (mpn: string): readonly NewProduct[] =>
      Array.from({ length: Math.ceil(products / 5) }, (_, at) => newProduct(mpn, at))
    await takeTurn('bare undici loop', { work: 'create', records: creates('warm up').slice(0, 10) }, { store, bench })
    const place = { store, bench }
    return {
      scenario: 'writes',
      latencyMs,
      rounds: bench.rounds,
      capSeconds: bench.capSeconds,
      updates: await compareWork('update', updates, place),
      creates: await compareWork('create', creates, place),
    }
  } finally {
    await store.stop()
  }
}

function newProduct(mpn: string, at: number): NewProduct {
  return { name: `${mpn} ${at}`, sku: `${mpn}-${at}`, mpn, type: 'physical', weight: 1, price: 10 + (at % 90) }
}

async function compareWork(
  work: Work,
  recordsFor: (mpn: string) => readonly { readonly mpn: string }[],
  { store, bench }: Place,
): Promise<readonly object[]> {
  const names = contestants[work]
  const turns = await inTurns(names, bench.rounds, async (contestant, number) => {
    const records = recordsFor(`${work}-${names.indexOf(contestant)}-${number}`)
    const turn = await takeTurn(contestant, { work, records }, { store, bench })
    const rate = round(rateOf(turn))
    bench.say(
      `writes, ${work}, round ${number}, ${contestant}: ${rate} records/s${turn.fault === '' ? '' : `, ${turn.fault}`}`,
    )
    return turn
  })
  const rows = names.map(contestant => rowOf(contestant, turns))
  bench.say(
    `\nwrites, ${work}: ${recordsFor('').length} products at ${latencyMs} ms, medians of ${bench.rounds} rounds`,
  )
  bench.say(tableOf(rows))
  bench.say(`of a client that was ended after ${bench.capSeconds} s, the rate is that of what it had done by then\n`)
  return rows
}

function rowOf(contestant: Contestant, turns: ReadonlyMap<Contestant, readonly Turn[]>) {
  const [own, agents] = [turns.get(contestant) ?? [], turns.get(ours) ?? []]
  return {
    contestant,
    'records/s': round(median(own.map(rateOf))),
    'agent is faster by': round(median(own.map((turn, at) => rateOf(agents[at]) / rateOf(turn)))),
    records: median(own.map(({ records }) => records)),
    capped: own.some(({ isCapped }) => isCapped) ? 'yes' : 'no',
    requests: median(own.map(({ requests }) => requests)),
    'adds up': own.every(({ fault }) => fault === '') ? 'yes' : 'NO',
  }
}

function rateOf(turn: Turn | undefined): number {
  return turn === undefined ? Number.NaN : turn.records / turn.seconds
}

interface Load {
  readonly work: Work
  /** All with the same mpn, by which they are found in the store afterwards. */
  readonly records: readonly { readonly mpn: string }[]
}

async function takeTurn(contestant: Contestant, { work, records }: Load, { store, bench }: Place): Promise<Turn> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const file = join(folder, 'records.ndjson')
  await writeFile(file, records.map(record => `${JSON.stringify(record)}\n`).join(''))
  const before = (await store.traffic()).count
  try {
    const done =
      contestant === ours
        ? await letAgentWrite(work, folder, { store, bench })
        : await letClientWrite(contestant, { work, file }, { store, bench })
    const held = await store.tally(records[0]?.mpn ?? '')
    const requests = (await store.traffic(before)).count - before
    // What a client had on its way when it was ended may have been applied.
    const isHeld = done.isCapped ? held >= done.records : held === records.length
    return { ...done, requests, fault: isHeld ? done.fault : `the store has ${held} of ${done.records}` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function letClientWrite(
  client: ClientName,
  { work, file }: { readonly work: Work; readonly file: string },
  { store, bench: { capSeconds, signal } }: Place,
) {
  const figures = await takeClientTurn({ client, work, url: store.url, file, capSeconds }, signal)
  return { ...figures, fault: '' }
}

async function letAgentWrite(work: Work, folder: string, { store, bench }: Place) {
  const operation = `source: { connection: files, activity: Read, options: { path: records.ndjson } }
target: { connection: shop, activity: ${work === 'update' ? 'Update' : 'Create'}, options: { object: products } }
`
  const redis = await startRedis()
  try {
    const agent = await openOurAgent({
      redisUrl: redis.url,
      storeUrl: store.url,
      folder,
      operation,
      signal: bench.signal,
    })
    const { seconds, counts, status } = await agent.run().finally(() => agent.close())
    return { seconds, records: counts.written, isCapped: false, fault: status === 'success' ? faultOf(counts) : status }
  } finally {
    await redis.close()
  }
}

/** The counts of a run must tell of every record. */
function faultOf({ read, filtered, written, unchanged, rejected, unknown }: RunCounts): string {
  const told = filtered + written + unchanged + rejected + unknown
  return told === read && written === read ? '' : `${read} read, ${written} written, ${told} told of`
}
