import { AgentError } from '../errors.ts'
import { type ChangedRun, type ChangeQuery, changeCursorPattern, type RunChanges } from '../run/changes.ts'
import { type RunRow, toSummary } from './operation-log-rows.ts'
import type { LogStore } from './store.ts'

/** Every change of every run, in the order in which they were written, for those who poll. */
export interface ChangeFeed {
  /**
   * The changes after a cursor, oldest first; waits for the first one when it may. Ends early, with what there is, when
   * the signal aborts. Throws REQUEST_INVALID for what is no cursor, TOO_MANY_WAITING.
   */
  read(query: ChangeQuery, signal: AbortSignal): Promise<RunChanges>
  /** Deletes the oldest changes that were written before the moment, at most so many; returns how many. */
  forgetBefore(moment: number, limit: number): number
}

/** More who wait at once are no control plane but a mistake. */
const maxWaiting = 200
/** Runners write in processes of their own: the store is asked. One look costs some microseconds. */
const lookMs = 100

/**
 * The feed over an open store. A writer of SQLite waits for the one before it, so the numbers of the changes become
 * visible in their order: whoever has seen one has seen all before it. Only the oldest are ever deleted, so what is
 * kept has no holes.
 */
export function createChangeFeed(store: LogStore): ChangeFeed {
  const statements = prepare(store)
  const storeId = statements.storeId.get() as string // the migration has put it there
  const waiting = new Set<() => void>()

  const cursorOf = (seq: number) => `${storeId}-${seq}`

  const page = store.transaction((after: string, limit: number): RunChanges => {
    const newest = statements.newest.get() as number // an aggregate always has a row
    const before = ((statements.oldest.get() as number | null) ?? newest + 1) - 1 // likewise
    const place = placeOf(after, { storeId, before, newest })
    if (place === undefined) {
      return { changes: [], next: cursorOf(before), more: newest > before, gap: true, oldest: cursorOf(before) }
    }
    const rows = statements.after.all({ after: place, limit }) as ChangeRow[] // columns as our own schema has them
    const last = rows.at(-1)?.seq ?? place
    return { changes: rows.map(row => toChange(row, cursorOf(row.seq))), next: cursorOf(last), more: newest > last }
  })

  /** Resolves when there is a change after that number, or when the signal aborts. */
  function changed(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    if (waiting.size >= maxWaiting) {
      throw new AgentError('TOO_MANY_WAITING', `${maxWaiting} requests wait for changes of runs already`)
    }
    return new Promise(resolve => {
      const timer = setInterval(() => (statements.newest.get() as number) > after && end(), lookMs)
      const end = () => {
        clearInterval(timer)
        signal.removeEventListener('abort', end)
        waiting.delete(end)
        resolve()
      }
      waiting.add(end)
      signal.addEventListener('abort', end)
    })
  }

  return {
    async read({ after, limit, waitMs }, signal) {
      const found = page(after, limit)
      if (found.changes.length > 0 || found.gap === true || waitMs === 0) return found
      const tooLate = AbortSignal.timeout(waitMs)
      await changed(Number(found.next.split('-')[1]), AbortSignal.any([signal, tooLate]))
      return page(found.next, limit)
    },
    forgetBefore: store.transaction((moment: number, limit: number) => {
      const upTo = statements.forgettable.get({ moment, limit }) as number | null // an aggregate always has a row
      return upTo === null ? 0 : statements.forget.run(upTo).changes
    }).immediate,
  }
}

function prepare(store: LogStore) {
  return {
    storeId: store.prepare('SELECT id FROM store_identity').pluck(),
    oldest: store.prepare('SELECT min(seq) FROM run_changes').pluck(),
    // The sequence knows the last number also when nothing is left.
    newest: store.prepare(`SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'run_changes'`).pluck(),
    after: store.prepare('SELECT * FROM run_changes WHERE seq > @after ORDER BY seq LIMIT @limit'),
    // Clocks jump: all before the first one that has to stay, not all that look old.
    forgettable: store
      .prepare(`WITH first AS (SELECT seq, at FROM run_changes ORDER BY seq LIMIT @limit)
        SELECT max(seq) FROM first
        WHERE seq < coalesce((SELECT min(seq) FROM first WHERE at >= @moment), 9223372036854775807)`)
      .pluck(),
    forget: store.prepare('DELETE FROM run_changes WHERE seq <= ?'),
  }
}

interface ChangeRow extends RunRow {
  seq: number
  at: number
}

function toChange(row: ChangeRow, cursor: string): ChangedRun {
  return { cursor, at: new Date(row.at).toISOString(), run: toSummary(row, row.at) }
}

/** The number of the last change that was seen; undefined when what came after it is not all there any more. */
function placeOf(
  after: string,
  { storeId, before, newest }: { readonly storeId: string; readonly before: number; readonly newest: number },
): number | undefined {
  if (!new RegExp(changeCursorPattern).test(after)) {
    const wanted = 'it takes `oldest`, `newest` or the `next` of an earlier answer'
    throw new AgentError('REQUEST_INVALID', `query after: ${JSON.stringify(after)} is no cursor, ${wanted}`)
  }
  if (after === 'oldest') return before
  if (after === 'newest') return newest
  const [id, digits] = after.split('-')
  const seq = Number(digits)
  // Another store, or an older copy of this one, was put in its place: nobody knows what is missing.
  return id === storeId && seq >= before && seq <= newest ? seq : undefined
}
