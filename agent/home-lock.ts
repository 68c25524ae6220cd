import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AgentError, toError } from './errors.ts'

/**
 * Makes sure that one data directory has one agent: two would write the same log files. The lock is SQLite's, so the
 * system frees it however the agent ends, and no number of a dead process can be mistaken for a living one.
 * Returns the release; throws CONFIG_INVALID when another agent holds it.
 */
export function lockHome(dataDir: string): () => void {
  const file = join(dataDir, 'agent.lock')
  let lock: Database.Database | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o750 })
    lock = new Database(file, { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    return () => lock?.close()
  } catch (thrown) {
    lock?.close()
    const cause = toError(thrown)
    const { code } = thrown as { readonly code?: unknown } // of SQLite or node:fs, which throw objects
    const problem = code === 'SQLITE_BUSY' ? 'another agent runs on it; give this one its own dataDir' : cause.message
    throw new AgentError('CONFIG_INVALID', `dataDir ${dataDir} cannot be used: ${problem}`, { cause })
  }
}
