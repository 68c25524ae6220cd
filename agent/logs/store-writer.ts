import { toError } from '../errors.ts'
import type { LogStore } from './store.ts'

/** Writes into a store on behalf of runs. */
export interface StoreWriter {
  /** Writes now or soon, in the order of the calls. Throws what stood in the way of what was written for the run before. */
  write(runId: string, work: () => void): void
  /** All that was written for the run is in the store when it returns, and can be read. Throws as `write` does. */
  settle(runId: string): void
  /** The same for all runs; throws nothing: each run hears of its own failure. */
  settleAll(): void
}

/** A writer that writes at once. */
export function createDirectWriter(): StoreWriter {
  return { write: (_runId, work) => work(), settle: () => undefined, settleAll: () => undefined }
}

/** A process that is killed loses what was told so shortly before; whoever must not lose it settles first. */
const gatherMs = 20
/** So much is kept in memory at most. */
const gatherMost = 500

/**
 * A writer for a process with many runs: what they write within some milliseconds goes into the store by one transaction.
 * To commit each message alone costs three times as much, most of it for the index of its text.
 */
export function createGatheringWriter(store: LogStore): StoreWriter {
  let waiting: { readonly runId: string; readonly work: () => void }[] = []
  const unsettled = new Set<string>()
  const failures = new Map<string, Error>()
  let timer: NodeJS.Timeout | undefined

  const writeAll = store.transaction((works: typeof waiting) => {
    for (const { work } of works) work()
  })

  function settleAll(): void {
    clearTimeout(timer)
    timer = undefined
    const works = waiting
    waiting = []
    unsettled.clear()
    if (works.length === 0) return
    try {
      writeAll.immediate(works)
    } catch (thrown) {
      // Nothing of it was written; one of them may be to blame for all.
      if (isOfTheStore(thrown)) for (const { runId } of works) failures.set(runId, toError(thrown))
      else for (const work of works) writeAlone(work)
    }
  }

  function writeAlone(work: (typeof waiting)[number]): void {
    try {
      writeAll.immediate([work])
    } catch (thrown) {
      failures.set(work.runId, toError(thrown))
    }
  }

  function throwFailureOf(runId: string): void {
    const failure = failures.get(runId)
    failures.delete(runId)
    if (failure !== undefined) throw failure
  }

  return {
    write(runId, work) {
      throwFailureOf(runId)
      waiting.push({ runId, work })
      unsettled.add(runId)
      if (waiting.length >= gatherMost) settleAll()
      else timer ??= setTimeout(settleAll, gatherMs)
    },
    settle(runId) {
      if (unsettled.has(runId)) settleAll()
      throwFailureOf(runId)
    },
    settleAll,
  }
}

/** Full, locked, damaged: it would be the same for each alone. What breaks a rule of the schema is the fault of one. */
function isOfTheStore(thrown: unknown): boolean {
  const { code } = thrown as { readonly code?: unknown } // of SQLite, or of our own
  return typeof code === 'string' && code.startsWith('SQLITE_') && !code.startsWith('SQLITE_CONSTRAINT')
}
