import { type Result, type Row, runRow, type Turn } from './row.ts'

/** What is to be played, and how much of it at the same time. */
export interface SuiteSettings {
  readonly rows: readonly Row[]
  readonly seeds: readonly number[]
  /** Rows that work at the same time; of those that mostly wait there are twice as many besides. */
  readonly jobs: number
  readonly onResult: (result: Result) => void
  /** Ends the suite early; what was started is stopped. */
  readonly signal: AbortSignal
}

/** Plays all rows with all seeds. */
export async function runSuite({ rows, seeds, jobs, onResult, signal }: SuiteSettings): Promise<readonly Result[]> {
  const plays = seeds.flatMap(seed => rows.map(row => ({ row, seed })))
  const results: Result[] = []
  const inTurn = createTurns(jobs)
  const lanes = (list: readonly (typeof plays)[number][], count: number) => {
    const waiting = [...list]
    return Array.from({ length: count }, async () => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
        const result = await runRow(next.row, next.seed, signal, inTurn)
        results.push(result)
        onResult(result)
      }
    })
  }
  const isSlow = ({ row }: (typeof plays)[number]) => row.isSlow === true
  const slow = lanes(plays.filter(isSlow), jobs * 2)
  const quick = lanes(
    plays.filter(play => !isSlow(play)),
    jobs,
  )
  await Promise.all([...slow, ...quick])
  const order = (result: Result) => plays.findIndex(({ row, seed }) => row === result.row && seed === result.seed)
  return results.sort((a, b) => order(a) - order(b))
}

/** Lets so many work at the same time; the others wait in the order they came. */
function createTurns(count: number): Turn {
  let free = count
  const waiting: (() => void)[] = []
  return async work => {
    if (free === 0) await new Promise<void>(resolve => waiting.push(resolve))
    else free -= 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
