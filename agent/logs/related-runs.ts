import { type RelatedRuns, type RunGroup, shownRelated } from '../run/related.ts'
import type { StatusCount } from './operation-log-rows.ts'
import type { LogStore } from './store.ts'

/** Looks for the children and the replays of a run, over an open store. */
export function createRelatedRuns(store: LogStore): (runId: string) => RelatedRuns {
  const children = prepare(store, 'parent_run')
  const replays = prepare(store, 'replay_of')

  return runId => {
    const groups = { children: groupOf(children, runId), replays: groupOf(replays, runId) }
    return {
      ...(groups.children !== undefined && { children: groups.children }),
      ...(groups.replays !== undefined && { replays: groups.replays }),
    }
  }
}

function prepare(store: LogStore, column: 'parent_run' | 'replay_of') {
  return {
    counts: store.prepare(`SELECT status, count(*) AS count FROM runs WHERE ${column} = ? GROUP BY status`),
    newest: store.prepare(`SELECT run_id AS runId, operation, status FROM runs WHERE ${column} = ?
      ORDER BY cursor DESC LIMIT ${shownRelated}`),
  }
}

function groupOf({ counts, newest }: ReturnType<typeof prepare>, runId: string): RunGroup | undefined {
  const byStatus = counts.all(runId) as StatusCount[] // columns as our own schema has them
  if (byStatus.length === 0) return undefined
  return {
    count: byStatus.reduce((sum, { count }) => sum + count, 0),
    byStatus: Object.fromEntries(byStatus.map(({ status, count }) => [status, count])),
    runs: newest.all(runId) as RunGroup['runs'], // likewise
  }
}
