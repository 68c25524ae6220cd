import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../../agent/test/redis.ts'
import { type PlanName, plans } from '../../connectors/bigcommerce/sandbox/quota.ts'
import type { ClientName } from './client-process.ts'
import { median, round, tableOf } from './figures.ts'
import { openOurAgent } from './our-agent.ts'
import { pageQuery } from './shop-client.ts'
import { contestantToken, type Store, startStore, strangerToken } from './store.ts'
import { actAsStranger } from './stranger.ts'
import { type Bench, inTurns, takeClientTurn } from './turns.ts'

const ours = 'the agent'
const shared = 'two agents, a stranger'
type Contestant = typeof ours | typeof shared | ClientName
const contestants: readonly Contestant[] = [
  ours,
  shared,
  'bare undici loop',
  'node-bigcommerce',
  '@space48/bigcommerce-api',
]
const capSeconds = 600

interface Turn {
  readonly seconds: number
  /** What the pages of the last window took the same contestant without a quota. */
  readonly workSeconds: number
  readonly records: number
  readonly requests: number
  readonly refused: number
  readonly refusedOfStranger: number
  readonly failure?: string
}

/**
 * Reads all products under a quota. Every turn has a store of its own, with the same records and a fresh window, since
 * the window of the turn before would be used up. Refusals say X-Retry-After, without which node-bigcommerce would not
 * wait at all.
 */
export async function compareUnderQuota(bench: Bench): Promise<object> {
  const products = bench.records ?? 100_000
  const turns = await inTurns(contestants, bench.rounds, async (contestant, number) => {
    const { lastPages } = windowsFor(contestant, products, bench.plan)
    const last = await takeTurn(contestant, lastPages * pageQuery.limit, 'unlimited', bench)
    const turn = { ...(await takeTurn(contestant, products, bench.plan, bench)), workSeconds: last.seconds }
    bench.say(
      `quota, round ${number}, ${contestant}: ${round(turn.seconds)} s, ${turn.requests} requests, ${turn.refused} refused${turn.failure ?? ''}`,
    )
    return turn
  })
  const rows = contestants.map(contestant => rowOf(contestant, turns.get(contestant) ?? [], bench, products))
  bench.say(
    `\nquota: ${products} products by ${pageQuery.limit}, plan ${bench.plan}, medians of ${bench.rounds} rounds`,
  )
  bench.say(tableOf(rows))
  bench.say(
    'allowed: the windows that must pass, and what the pages of the last one take the contestant without a quota\n',
  )
  return { scenario: 'quota', products, plan: bench.plan, rounds: bench.rounds, rows }
}

function rowOf(contestant: Contestant, turns: readonly Turn[], { plan }: Bench, products: number) {
  const { waitSeconds } = windowsFor(contestant, products, plan)
  const allowed = turns.map(({ workSeconds }) => waitSeconds + workSeconds)
  return {
    contestant,
    'wall s': round(median(turns.map(turn => turn.seconds))),
    'windows s': waitSeconds,
    'allowed s': round(median(allowed)),
    'over it %': round((median(turns.map(({ seconds }, at) => seconds / (allowed[at] ?? Number.NaN))) - 1) * 100),
    requests: median(turns.map(turn => turn.requests)),
    '429s': median(turns.map(turn => turn.refused)),
    'most 429s': Math.max(...turns.map(turn => turn.refused)),
    "stranger's 429s": median(turns.map(turn => turn.refusedOfStranger)),
    records: median(turns.map(turn => turn.records)),
  }
}

/** How long windows must pass before the last pages may be asked for, and how many these are. */
function windowsFor(contestant: Contestant, products: number, plan: Bench['plan']) {
  const { quota, windowMs } = plans[plan]
  const perWindow = contestant === shared ? quota - strangersShare(quota) : quota
  const pages = Math.ceil(products / pageQuery.limit)
  const before = Math.ceil(pages / perWindow) - 1
  return { waitSeconds: (before * windowMs) / 1_000, lastPages: pages - before * perWindow }
}

function strangersShare(quota: number): number {
  return Math.floor(quota / 3)
}

async function takeTurn(contestant: Contestant, products: number, plan: PlanName, bench: Bench) {
  const store = await startStore({ products, plan, switches: { retryAfter: true } })
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const { seconds, records, failure } =
      contestant === ours || contestant === shared
        ? await letAgentsRead(contestant === shared, { store, folder, bench })
        : await takeClientTurn(
            { client: contestant, work: 'read', url: store.url, file: join(folder, 'out.ndjson'), capSeconds },
            bench.signal,
          ).then(
            figures => ({ ...figures, failure: figures.isCapped ? ', ended by the cap' : undefined }),
            (thrown: unknown) => {
              bench.signal.throwIfAborted()
              return { seconds: Number.NaN, records: 0, failure: `, failed: ${String(thrown)}` }
            },
          )
    const { byToken } = await store.traffic()
    const { requests = 0, refused = 0 } = byToken[contestantToken] ?? {}
    const refusedOfStranger = byToken[strangerToken]?.refused ?? 0
    return { seconds, records, requests, refused, refusedOfStranger, ...(failure === undefined ? {} : { failure }) }
  } finally {
    await rm(folder, { recursive: true, force: true })
    await store.stop()
  }
}

interface Place {
  readonly store: Store
  readonly folder: string
  readonly bench: Bench
}

/** One agent reads all, or two read one half each and share the store with a stranger. */
async function letAgentsRead(isShared: boolean, { store, folder, bench }: Place) {
  const redis = await startRedis()
  const agents: Awaited<ReturnType<typeof openOurAgent>>[] = []
  const stranger = new AbortController()
  try {
    for (const [at, filter] of (isShared ? await halvesOf(store) : ['']).entries()) {
      const operation = readOperation(`products-${at}.ndjson`, filter)
      const settings = { redisUrl: redis.url, storeUrl: store.url, folder, operation, group: `group-${at}` }
      agents.push(await openOurAgent({ ...settings, signal: bench.signal }))
    }
    if (isShared) comeStranger(store, bench, stranger.signal)
    const runs = await Promise.all(agents.map(agent => agent.run()))
    const failed = runs.filter(({ status }) => status !== 'success').map(({ status }) => status)
    return {
      seconds: Math.max(...runs.map(({ seconds }) => seconds)),
      records: runs.reduce((sum, { counts }) => sum + counts.written, 0),
      failure: failed.length === 0 ? undefined : `, ended as ${failed.join(', ')}`,
    }
  } finally {
    stranger.abort()
    for (const agent of agents) await agent.close()
    await redis.close()
  }
}

function comeStranger(store: Store, { plan, say }: Bench, signal: AbortSignal): void {
  const { quota, windowMs } = plans[plan]
  actAsStranger(store.url, { perWindow: strangersShare(quota), windowMs }, signal).catch((thrown: unknown) => {
    if (!signal.aborted) say(`the stranger failed: ${String(thrown)}`)
  })
}

async function halvesOf(store: Store): Promise<readonly string[]> {
  const keys = await store.keys()
  const lastOfFirst = keys[Math.floor(keys.length / 2) - 1] ?? 0
  return [`, filters: { "id:max": ${lastOfFirst} }`, `, filters: { "id:min": ${lastOfFirst + 1} }`]
}

function readOperation(path: string, filters: string): string {
  return `source: { connection: shop, activity: Query, options: { object: products${filters} } }
target: { connection: files, activity: Write, options: { path: ${path} } }
`
}
