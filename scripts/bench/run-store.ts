import { type LogStore, openLogStore } from '../../agent/logs/store.ts'

/** What stands in the filled store, for questions whose answer is known. */
export const filled = {
  everywhere: 'received',
  rare: 'unobtainium',
  nowhere: 'nonexistent',
  fewAgent: 'agent-old',
  /** Every so many runs names the last one as its parent, which retention leaves. */
  childEvery: 1_000,
  rareEvery: 50_000,
} as const

const firstAt = Date.parse('2026-10-26T00:00:00Z')
const spanMs = 30 * 86_400_000
const chunk = 10_000

/**
 * Fills a log store with runs as a month of a busy agent leaves them: four messages each, in large transactions.
 * Changes are written by the triggers of the store, two a run: when it is opened, and at its end. Texts are indexed here
 * and not by their trigger, which would write a segment of the index for each; the row ids are those of the trigger.
 * The same number gives the same store; one that is filled already stays as it is.
 */
export function fillStore(file: string, runs: number): LogStore {
  const store = openLogStore(file)
  if (store.prepare('SELECT count(*) FROM (SELECT 1 FROM runs LIMIT 1)').pluck().get() === 1) return store
  store.pragma('synchronous = OFF')
  const next = createRandom(6)
  const trigger = store.prepare(`SELECT sql FROM sqlite_master WHERE name = 'message_told'`).pluck().get() as string
  store.exec('DROP TRIGGER message_told')
  const open = store.prepare(`INSERT INTO runs (run_id, job_id, operation, status, agent, requested_by, submitted_at,
    parent_run) VALUES (?, ?, ?, 'submitted', ?, 'scheduler', ?, ?)`)
  const insert = store.prepare('INSERT INTO messages (run_id, at, level, message, code) VALUES (?, ?, ?, ?, ?)')
  const index = store.prepare('INSERT INTO message_texts (rowid, message, code) VALUES (?, ?, ?)')
  const end =
    store.prepare(`UPDATE runs SET status = ?, attempt = 1, started_at = ?, ended_at = ?, read = ?, written = ?,
    source = 'bigcommerce 0.1.0', target = 'local-storage 0.1.0' WHERE run_id = ?`)

  /** The cursor of a run in a new store is its number, from 1. */
  function tell(cursor: number, at: number, messages: readonly Message[]): void {
    for (const [place, { level, message, code = null }] of messages.entries()) {
      insert.run(`run-${cursor - 1}`, at, level, message, code)
      index.run(BigInt(cursor) * 2n ** 24n + BigInt(place), message, code)
    }
  }

  const fill = store.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      const id = `run-${number}`
      const at = firstAt + Math.floor((number / runs) * spanMs)
      const agent = number % 100_000 === 1 ? filled.fewAgent : `agent-${next(2)}`
      const status = statusOf(next(1_000))
      const parent = number % filled.childEvery === 0 ? `run-${runs - 1}` : null
      open.run(id, `job-${number}`, `operation ${next(40)}`, agent, at, parent)
      const isRare = number % filled.rareEvery === 7
      const warning = isRare ? `no field ${filled.rare}` : warningText(next)
      tell(number + 1, at, [
        { level: 'info', message: `received by agent ${agent}` },
        { level: 'info', message: sourceText(next(8)) },
        { level: 'warning', message: warning, code: 'RECORD_INVALID' },
        { level: 'info', message: `${status}: read ${next(5_000)} in ${next(90)}.1 s: ${next(5_000)} written` },
      ])
      end.run(status, at + 10, at + 1_000, 100, 100, id)
    }
  })
  for (let from = 0; from < runs; from += chunk) fill.immediate(from, Math.min(runs, from + chunk))
  store.exec(trigger)
  store.pragma('wal_checkpoint(TRUNCATE)')
  store.pragma('synchronous = NORMAL')
  return store
}

interface Message {
  readonly level: string
  readonly message: string
  readonly code?: string
}

/** No run is `success-with-child-error`. */
function statusOf(permille: number): string {
  if (permille < 30) return 'error'
  if (permille < 90) return 'success-with-warning'
  return permille === 90 ? 'canceled' : 'success'
}

function sourceText(shop: number): string {
  return `source: Query over shop-${shop} (bigcommerce 0.1.0); target: Write over files (local-storage 0.1.0)`
}

function warningText(next: (below: number) => number): string {
  return `record ${next(5_000)} rejected: the field ${wordOf(next(2_000))} of sku ${next(1_000_000)} is ${wordOf(next(2_000))}`
}

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'je', 'ki', 'lo', 'mu', 'na', 'pe', 'ri', 'so', 'tu', 'va']

function wordOf(number: number): string {
  return `${syllables[number % 16]}${syllables[(number >> 4) % 16]}${syllables[(number >> 8) % 16]}r`
}

/** Numbers below a bound, evenly; mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
