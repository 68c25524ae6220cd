import { type Result, type Row, runRow } from './row.ts'

/** What is to be played, and how much of it at the same time. */
export interface SuiteSettings {
  readonly rows: readonly Row[]
  readonly seeds: readonly number[]
  /** Rows that work at the same time; of those that mostly wait there are three times as many besides. */
  readonly jobs: number
  readonly onResult: (result: Result) => void
}

/** Plays all rows with all seeds. */
export async function runSuite({ rows, seeds, jobs, onResult }: SuiteSettings): Promise<readonly Result[]> {
  const plays = seeds.flatMap(seed => rows.map(row => ({ row, seed })))
  const results: Result[] = []
  const lanes = (list: readonly (typeof plays)[number][], count: number) => {
    const waiting = [...list]
    return Array.from({ length: count }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const result = await runRow(next.row, next.seed)
        results.push(result)
        onResult(result)
      }
    })
  }
  const isSlow = ({ row }: (typeof plays)[number]) => row.isSlow === true
  const slow = lanes(plays.filter(isSlow), jobs * 3)
  const quick = lanes(
    plays.filter(play => !isSlow(play)),
    jobs,
  )
  await Promise.all([...slow, ...quick])
  const order = (result: Result) => plays.findIndex(({ row, seed }) => row === result.row && seed === result.seed)
  return results.sort((a, b) => order(a) - order(b))
}
