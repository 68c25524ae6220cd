import type { RunStatus } from '../run/status.ts'

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

/** Columns that have an index of their own, in the order of cursors. */
const indexed = {
  parent: { column: 'parent_run', index: 'runs_by_parent' },
  status: { column: 'status', index: 'runs_by_status' },
  agent: { column: 'agent', index: 'runs_by_agent' },
  operation: { column: 'operation', index: 'runs_by_operation' },
} as const
export type IndexedFilter = keyof typeof indexed

/** Which index leads through the runs, in the order of cursors: that of a filter, of the texts, or the runs themselves. */
export type Lead = IndexedFilter | 'text' | 'cursor'

/** The filters of a query that have an index of their own. */
export function indexedFilters(query: ListQuery): readonly IndexedFilter[] {
  return (Object.keys(indexed) as IndexedFilter[]).filter(name => query[name] !== undefined) // they are its keys
}

/** Counts the runs of one filter between @low and @high, up to @most. */
export function countSql(filter: IndexedFilter): string {
  const { column, index } = indexed[filter]
  return `SELECT count(*) FROM (SELECT 1 FROM runs INDEXED BY ${index}
    WHERE ${column} = @${filter} AND cursor BETWEEN @low AND @high LIMIT @most)`
}

/** The runs between the cursors @low and @high that fit, in order. With the lead `text` a run comes once a message. */
export function listSql(query: ListQuery, lead: Lead): string {
  const { sort = 'newest', text, withMessages } = query
  const conditions = [
    ...indexedFilters(query).map(filter => `r.${indexed[filter].column} = @${filter}`),
    ...(query.from === undefined ? [] : ['r.submitted_at >= @from']),
    ...(query.to === undefined ? [] : ['r.submitted_at < @to']),
    ...(text === undefined || lead === 'text' ? [] : [hasText]),
  ]
  return `SELECT r.*${withMessages === true ? messageColumns : ''} FROM ${sourceOf(lead)}
    WHERE ${[rangeOf(lead), ...conditions].join(' AND ')}
    ORDER BY ${lead === 'text' ? 't.rowid' : 'r.cursor'} ${sort === 'newest' ? 'DESC' : 'ASC'}`
}

/** The index of texts has the cursor in the upper bits of its row ids, see migration 4. */
function sourceOf(lead: Lead): string {
  if (lead === 'text') return 'message_texts t CROSS JOIN runs r ON r.cursor = t.rowid >> 24'
  return lead === 'cursor' ? 'runs r NOT INDEXED' : `runs r INDEXED BY ${indexed[lead].index}`
}

function rangeOf(lead: Lead): string {
  if (lead !== 'text') return 'r.cursor BETWEEN @low AND @high'
  return 'message_texts MATCH @match AND t.rowid >= @low << 24 AND t.rowid < (@high + 1) << 24'
}

const hasText = `EXISTS (SELECT 1 FROM message_texts
  WHERE message_texts MATCH @match AND rowid >= r.cursor << 24 AND rowid < (r.cursor + 1) << 24)`

const messageColumns = `, (SELECT count(*) FROM messages WHERE run_id = r.run_id) AS message_count,
  (SELECT message FROM messages WHERE run_id = r.run_id ORDER BY seq DESC LIMIT 1) AS last_message`
