import type { RunStatus, RunSummary } from '../run/status.ts'
import { type RunRow, toSummary } from './operation-log-rows.ts'
import type { LogStore } from './store.ts'

/** Which runs to list, and in which order; what is absent does not matter. */
export interface ListQuery {
  readonly limit: number
  /** Order by cursor, which is the order in which the agent heard of the runs; default newest. */
  readonly sort?: 'newest' | 'oldest'
  /** Only runs behind this one in that order. */
  readonly cursor?: number
  /** Only runs with a smaller cursor. */
  readonly before?: number
  readonly operation?: string
  readonly status?: RunStatus
  readonly agent?: string
  /** Only children of this run. */
  readonly parent?: string
  /** Submitted at this moment or later, in ms. */
  readonly from?: number
  /** Submitted before this moment, in ms. */
  readonly to?: number
  /** Words that begin words of one message, or of its code; upper and lower case are the same. */
  readonly text?: string
  /** Whether to tell how many messages a run has, and the last. */
  readonly withMessages?: boolean
}

/** Lists runs. Pages are stable while runs arrive: a new run is always the newest. */
export function createRunList(store: LogStore): (query: ListQuery) => readonly RunSummary[] {
  const statements = new Map<string, ReturnType<LogStore['prepare']>>()

  /** There are as many statements as there are sets of filters. */
  function prepared(sql: string) {
    const statement = statements.get(sql) ?? store.prepare(sql)
    statements.set(sql, statement)
    return statement
  }

  return query => {
    const now = Date.now()
    const runs: RunSummary[] = []
    const match = matchOf(query.text)
    if (match === '') return runs
    // A run comes once for each of its messages that fit; these stand side by side.
    for (const row of prepared(sqlOf(query)).iterate({ ...query, match }) as Iterable<RunRow>) {
      if (row.cursor === runs.at(-1)?.cursor) continue
      runs.push(toSummary(row, now))
      if (runs.length >= query.limit) break
    }
    return runs
  }
}

/**
 * One index gives the order in every case, so that the first rows come at once: that of the texts has the cursor in the
 * upper bits of its row ids, see migration 4.
 */
function sqlOf(query: ListQuery): string {
  const { sort = 'newest', text } = query
  const hasText = text !== undefined
  const conditions = Object.entries(query).flatMap(([name, value]) => {
    return value === undefined ? [] : (conditionsOf[name]?.({ hasText, sort }) ?? [])
  })
  const source = hasText ? 'message_texts t CROSS JOIN runs r ON r.cursor = t.rowid >> 24' : 'runs r'
  const order = `${hasText ? 't.rowid' : 'r.cursor'} ${sort === 'newest' ? 'DESC' : 'ASC'}`
  // Without a text no run comes twice: only as many are read as are wanted.
  const limit = hasText ? '' : 'LIMIT @limit'
  const columns = query.withMessages === true ? `r.*, ${messageColumns}` : 'r.*'
  return `SELECT ${columns} FROM ${source} WHERE ${['true', ...conditions].join(' AND ')} ORDER BY ${order} ${limit}`
}

const messageColumns = `(SELECT count(*) FROM messages WHERE run_id = r.run_id) AS message_count,
  (SELECT message FROM messages WHERE run_id = r.run_id ORDER BY seq DESC LIMIT 1) AS last_message`

type Condition = (shape: { readonly hasText: boolean; readonly sort: 'newest' | 'oldest' }) => readonly string[]

/** The conditions that a part of the query asks for. Bounds of the cursor also bound the walk through the texts. */
const conditionsOf: { readonly [name: string]: Condition } = {
  text: () => ['message_texts MATCH @match'],
  before: ({ hasText }) => below('@before', hasText),
  cursor: ({ hasText, sort }) => (sort === 'newest' ? below('@cursor', hasText) : atLeast('@cursor + 1', hasText)),
  operation: () => ['r.operation = @operation'],
  status: () => ['r.status = @status'],
  agent: () => ['r.agent = @agent'],
  parent: () => ['r.parent_run = @parent'],
  // The order of times is nearly that of cursors: where to begin and to end is asked of the index of times.
  from: ({ hasText }) => [
    'r.submitted_at >= @from',
    ...atLeast('(SELECT min(+cursor) FROM runs INDEXED BY runs_by_submitted WHERE submitted_at >= @from)', hasText),
  ],
  to: ({ hasText }) => [
    'r.submitted_at < @to',
    ...below('(SELECT max(+cursor) FROM runs INDEXED BY runs_by_submitted WHERE submitted_at < @to) + 1', hasText),
  ],
}

function below(cursor: string, hasText: boolean): readonly string[] {
  return [hasText ? `t.rowid < (${cursor}) << 24` : `r.cursor < ${cursor}`]
}

function atLeast(cursor: string, hasText: boolean): readonly string[] {
  return [hasText ? `t.rowid >= (${cursor}) << 24` : `r.cursor >= ${cursor}`]
}

/** Each word quoted, as nothing in it may be an operator, and the begin of a word. Empty when there is no word. */
function matchOf(text: string | undefined): string | undefined {
  const words = text?.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word))
  return words?.map(word => `"${word.replaceAll('"', '')}"*`).join(' ')
}
