import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorLoggers } from '../../agent/logs/loggers.ts'
import { startRedis } from '../../agent/test/redis.ts'
import { costPercent, median, tableOf } from './figures.ts'
import { type AgentFigures, type OurAgent, openOurAgent } from './our-agent.ts'
import { cpuSeconds } from './process-figures.ts'
import { startStore } from './store.ts'
import { type Bench, inTurns } from './turns.ts'

const usualProducts = 100_000
const operation = `source: { connection: shop, activity: Query, options: { object: products, readAhead: 4 } }
target: { connection: files, activity: Write, options: { path: bench.ndjson } }
`
const connector = `${connectorLoggers}.bigcommerce`

/** What is switched on; the first is what the others are compared with. */
const contestants: { readonly [name: string]: (agent: OurAgent) => Promise<unknown> } = {
  'no lines at all': agent => setLevel(agent, 'ROOT', 'OFF'),
  'normal logs': async () => undefined,
  'connector at DEBUG': agent => setLevel(agent, connector, 'DEBUG'),
  'connector at TRACE, with bodies': agent => setLevel(agent, connector, 'TRACE'),
  'operation debug log': agent => agent.client.put('/v1/debug/agent', { for: '30m' }),
}

interface Turn extends AgentFigures {
  /** Of runner and supervisor. */
  readonly cpu: number
}

/** One run that reads all products of a store into a file, at several levels of logging, by an agent as operators start it. */
export async function compareLevels(bench: Bench): Promise<object> {
  const products = bench.records ?? usualProducts
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const [redis, store] = [await startRedis(), await startStore({ products, plan: 'unlimited' })]
  const { signal } = bench
  const agent = await openOurAgent({ redisUrl: redis.url, storeUrl: store.url, folder, operation, signal })
  try {
    await agent.run() // the first run loads the connectors
    const turns = await inTurns(Object.keys(contestants), bench.rounds, name => takeTurn(agent, name))
    const silent = [...turns.values()][0] ?? []
    const rows = [...turns].map(([name, figures]) => rowOf(name, figures, { products, silent }))
    bench.say(tableOf(rows))
    return { scenario: 'levels', products, rounds: bench.rounds, rows }
  } finally {
    await agent.close()
    await store.stop()
    await redis.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function takeTurn(agent: OurAgent, name: string): Promise<Turn> {
  await contestants[name]?.(agent)
  const before = cpuSeconds(agent.pid)
  try {
    const figures = await agent.run()
    return { ...figures, cpu: figures.cpuSeconds + cpuSeconds(agent.pid) - before }
  } finally {
    for (const logger of ['ROOT', connector]) await agent.client.delete(`/v1/loggers/${logger}`)
    await agent.client.delete('/v1/debug/agent')
  }
}

function setLevel({ client }: OurAgent, logger: string, level: string): Promise<unknown> {
  return client.put(`/v1/loggers/${logger}`, { level })
}

function rowOf(
  name: string,
  figures: readonly Turn[],
  { products, silent }: { readonly products: number; readonly silent: readonly Turn[] },
) {
  const cost = (value: (turn: Turn) => number) => costPercent(figures, silent, value)
  return {
    contestant: name,
    'records/s': Math.round(median(figures.map(({ seconds }) => products / seconds))),
    'wall % over none': cost(({ seconds }) => seconds),
    'cpu % over none': cost(({ cpu }) => cpu),
    'peak MB': median(figures.map(({ peakMb }) => peakMb)),
    succeeded: figures.filter(({ status }) => status === 'success').length,
  }
}
