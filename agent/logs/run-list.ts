import type { RunSummary } from '../run/status.ts'
import { type RunRow, toSummary } from './operation-log-rows.ts'
import { countSql, indexedFilters, type Lead, type ListQuery, listSql } from './run-query.ts'
import { createStatements } from './statements.ts'
import type { LogStore } from './store.ts'
import { createTextQuery } from './text-query.ts'

/** A page of runs. */
export interface RunPage {
  readonly runs: readonly RunSummary[]
  /** What `cursor` takes to go on; absent on the last page. */
  readonly next?: number
  /** The time for one page was over before it was full; there may be more behind `next`. */
  readonly incomplete?: true
}

/** Cursors, both included. */
interface Range {
  readonly low: number
  readonly high: number
}

/** How a list looks for runs that are hard to find. */
interface Pace {
  /** After so long the page is answered as it is, and others get their turn. */
  readonly budgetMs: number
  /** Runs looked at in one go, at first; twice as many the next time, as long as that is quick. */
  readonly firstGo: number
}

const usualPace: Pace = { budgetMs: 25, firstGo: 8_192 }
const quickMs = 8
/** So few runs are looked at one by one, whatever else is asked of them. */
const few = 200

/**
 * Lists runs. Pages are stable while runs arrive: a new run is always the newest. One index leads through the runs in
 * the order of the list, the other conditions are asked of what it yields; that is done piece by piece, so that
 * conditions which never meet take no longer than others: then the page is incomplete.
 */
export function createRunList(store: LogStore, { budgetMs, firstGo } = usualPace): (query: ListQuery) => RunPage {
  const prepared = createStatements(store)
  const bounds = prepareBounds(store)
  const matchOf = createTextQuery(store)

  /** Few runs to look at are better than a text; else a text leads, as it has its own order. */
  function leadOf(query: ListQuery, range: Range): { readonly lead: Lead; readonly isFew: boolean } {
    const counted = indexedFilters(query)
      .map(filter => {
        const count = prepared(countSql(filter))
          .pluck()
          .get({ [filter]: query[filter], ...range, most: few })
        return { filter, count: count as number } // an aggregate has a row
      })
      .sort((a, b) => a.count - b.count)
    const [rarest] = counted
    if (rarest !== undefined && rarest.count < few) return { lead: rarest.filter, isFew: true }
    return { lead: query.text === undefined ? (rarest?.filter ?? 'cursor') : 'text', isFew: false }
  }

  return query => {
    const { sort = 'newest', limit } = query
    const match = matchOf(query.text)
    let left = bounds(query)
    if (match === '' || left.low > left.high) return { runs: [] }
    const { lead, isFew } = leadOf(query, left)
    const find = prepared(listSql(query, lead))
    const startedAt = performance.now()
    const now = Date.now()
    const runs: RunSummary[] = []
    for (let go = isFew ? Number.POSITIVE_INFINITY : firstGo; left.low <= left.high; ) {
      const goAt = performance.now()
      const part = partOf(left, go, sort)
      for (const row of find.iterate({ ...query, ...part, match }) as Iterable<RunRow>) {
        // A run comes once for each of its messages that fit; these stand side by side.
        if (row.cursor === runs.at(-1)?.cursor) continue
        runs.push(toSummary(row, now))
        if (runs.length >= limit) return { runs, next: row.cursor }
      }
      left = sort === 'newest' ? { ...left, high: part.low - 1 } : { ...left, low: part.high + 1 }
      const at = performance.now()
      if (at - startedAt > budgetMs && left.low <= left.high) {
        return { runs, next: sort === 'newest' ? part.low : part.high, incomplete: true }
      }
      if (at - goAt < quickMs) go *= 2
    }
    return { runs }
  }
}

/** The first so many of a range, in the order of the list. */
function partOf({ low, high }: Range, size: number, sort: 'newest' | 'oldest'): Range {
  return sort === 'newest'
    ? { low: Math.max(low, high - size + 1), high }
    : { low, high: Math.min(high, low + size - 1) }
}

/** More runs than these are not looked through to learn where to end: that is learnt on the way. */
const mostToEnd = 50_000

/** Where runs that fit can be. The order of times is only nearly that of cursors: the index of times is looked through. */
function prepareBounds(store: LogStore): (query: ListQuery) => Range {
  // Two questions: SQLite takes the ends of an index for one aggregate only, for both it would read all runs.
  const all = store.prepare('SELECT (SELECT min(cursor) FROM runs) AS low, (SELECT max(cursor) FROM runs) AS high')
  const between = store.prepare(`SELECT min(cursor) AS low, max(cursor) AS high, count(*) AS count FROM (
    SELECT cursor FROM runs INDEXED BY runs_by_submitted WHERE submitted_at >= @from AND submitted_at < @to LIMIT @most)`)

  function byTime({ sort = 'newest', from, to }: ListQuery): readonly Bounds[] {
    if (from === undefined && to === undefined) return []
    // The one of both at which the list ends.
    const endsOnly = sort === 'newest' ? to === undefined : from === undefined
    const most = endsOnly ? mostToEnd : -1
    const bounds = between.get({ from: from ?? 0, to: to ?? Number.MAX_SAFE_INTEGER, most }) as Bounds // as was asked
    return bounds.count === most ? [] : [bounds]
  }

  return query => {
    const { sort = 'newest', cursor, before } = query
    const known = [all.get() as Bounds, ...byTime(query)] // as was asked
    // An aggregate over nothing is null: then nothing fits.
    const lows = known.map(({ low }) => low ?? 1)
    const highs = known.map(({ high }) => high ?? 0)
    if (cursor !== undefined) sort === 'newest' ? highs.push(cursor - 1) : lows.push(cursor + 1)
    if (before !== undefined) highs.push(before - 1)
    return { low: Math.max(...lows), high: Math.min(...highs) }
  }
}

interface Bounds {
  readonly low: number | null
  readonly high: number | null
  readonly count?: number
}
