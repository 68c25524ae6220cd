import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { AgentError, toError } from '../errors.ts'
import { migrations } from './migrations.ts'

/** The SQLite database of one agent; the supervisor and its runners open it side by side. */
export type LogStore = Database.Database

/**
 * 32 MB of changes are gathered beside the store before they go into it: by default it is 4, some fifty small runs, and the
 * same pages are written and synced again and again.
 */
const walPages = 8_192

/**
 * Opens the store, creating or migrating it. WAL lets the API read while runners write; five seconds is how long a
 * writer waits for another. Throws LOG_STORE_FAILED.
 */
export function openLogStore(file: string): LogStore {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
    // It holds rejected records; SQLite gives its side files the same mode.
    closeSync(openSync(file, 'a', 0o600))
    const store = new Database(file, { timeout: 5_000 })
    store.pragma('journal_mode = WAL')
    store.pragma('synchronous = NORMAL')
    store.pragma(`wal_autocheckpoint = ${walPages}`)
    store.pragma('foreign_keys = ON')
    store.transaction(() => migrate(store)).immediate()
    return store
  } catch (thrown) {
    const cause = toError(thrown)
    throw new AgentError('LOG_STORE_FAILED', `cannot open the log store ${file}: ${cause.message}`, { cause })
  }
}

function migrate(store: LogStore): void {
  const version = Number(store.pragma('user_version', { simple: true }))
  if (version > migrations.length) {
    throw new Error(`it was written by a newer agent (schema ${version}, this agent knows ${migrations.length})`)
  }
  for (const migration of migrations.slice(version)) store.exec(migration)
  store.pragma(`user_version = ${migrations.length}`)
}
