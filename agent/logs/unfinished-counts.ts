import type { LogStore } from './store.ts'

/** How many runs have not ended, by their status. */
export type UnfinishedCounts = () => readonly { readonly status: string; readonly count: number }[]

/** Counts over an open store; quick however many runs have ended. */
export function createUnfinishedCounts(store: LogStore): UnfinishedCounts {
  const statement = store.prepare('SELECT status, count(*) AS count FROM runs WHERE ended_at IS NULL GROUP BY status')
  return () => statement.all() as { status: string; count: number }[] // the columns it names
}
