import { openRedis } from '../../agent/redis.ts'
import { createHome } from '../../agent/test/agent-process.ts'
import { startRedis } from '../../agent/test/redis.ts'
import { costPercent, median, round, tableOf } from './figures.ts'
import type { TinyFigures, TinyTask } from './tiny-runs-process.ts'
import { type Bench, inTurns, takeTurnApart } from './turns.ts'

const concurrency = 10
const usualRuns = 10_000
const longestTurnMs = 600_000

const operation = `source: { connection: values, activity: Read, options: { records: [{ id: 1 }] } }
target: { connection: values, activity: Write }
`
/** What each of them is; the first is what the others are compared with. */
const contestants = {
  none: 'no logs',
  errors: 'warnings and errors',
  all: 'all logs',
  queue: 'queue alone',
} as const

/** Runs of one record each through the runner of the agent, with logs and with none, and jobs that do nothing at all. */
export async function compareTinyRuns(bench: Bench): Promise<object> {
  const runs = bench.records ?? usualRuns
  const [redis, home] = [await startRedis(), await createHome()]
  try {
    await syncEverySecond(redis.url)
    await home.write('connections/values.yaml', 'connector: variable\n')
    await home.write('operations/tiny.yaml', operation)
    await home.write('operations/tiny-errors.yaml', `${operation}logMessages: errors\n`)
    const task = { home: home.directory, redisUrl: redis.url, runs, concurrency }
    const turns = await inTurns(Object.keys(contestants) as TinyTask['logs'][], bench.rounds, (logs, number) =>
      takeTurnApart<TinyFigures>('tiny-runs-process.js', {
        ...{ name: contestants[logs], task: { ...task, logs, group: `${logs}-${number}` } satisfies TinyTask },
        ...{ timeoutMs: longestTurnMs, signal: bench.signal },
      }),
    )
    const bare = turns.get('none') ?? []
    const rows = [...turns].map(([logs, figures]) => rowOf(contestants[logs], figures, { runs, bare }))
    bench.say(tableOf(rows))
    return { scenario: 'tiny', runs, rounds: bench.rounds, concurrency, rows }
  } finally {
    await redis.close()
    await home.delete()
  }
}

/** As the quickstart has it; the Redis of tests syncs each write, and waits would hide what logs cost. */
async function syncEverySecond(url: string): Promise<void> {
  const redis = openRedis(url, 'request')
  await redis.config('SET', 'appendfsync', 'everysec')
  redis.disconnect()
}

function rowOf(
  name: string,
  figures: readonly TinyFigures[],
  { runs, bare }: { readonly runs: number; readonly bare: readonly TinyFigures[] },
) {
  const cost = (value: (turn: TinyFigures) => number) => costPercent(figures, bare, value)
  return {
    contestant: name,
    'runs/s': Math.round(median(figures.map(({ seconds }) => runs / seconds))),
    'cpu ms/run': round(median(figures.map(turn => (turn.cpuSeconds * 1_000) / runs))),
    'wall % over no logs': cost(({ seconds }) => seconds),
    'cpu % over no logs': cost(turn => turn.cpuSeconds),
    'messages/run': round(median(figures.map(({ messages }) => messages / runs))),
    succeeded: median(figures.map(({ succeeded }) => succeeded)),
  }
}
