import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { AgentError, toError } from '../errors.ts'

/** The SQLite database of one agent; the supervisor and its runners open it side by side. */
export type LogStore = Database.Database

/** What a change keeps of its run. Migration 3 is made of it: a new column needs a migration of its own. */
const keptColumns = [
  ...['cursor', 'run_id', 'operation', 'status', 'agent', 'requested_by', 'replay_of', 'submitted_at', 'started_at'],
  ...['ended_at', 'attempt', 'read', 'filtered', 'written', 'unchanged', 'rejected', 'unknown', 'total', 'source'],
  ...['target', 'error_code', 'error_message'],
]
const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`
const noteChange = `INSERT INTO run_changes (at, ${keptColumns.join(', ')})
  VALUES (${now}, ${keptColumns.map(column => `new.${column}`).join(', ')});`

/** Each entry brings the schema one version up; entries are never changed, only added. */
const migrations = [
  `CREATE TABLE runs (
     cursor INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL UNIQUE,
     job_id TEXT NOT NULL,
     operation TEXT NOT NULL,
     status TEXT NOT NULL,
     agent TEXT NOT NULL,
     requested_by TEXT,
     submitted_at INTEGER NOT NULL,
     started_at INTEGER,
     ended_at INTEGER,
     attempt INTEGER NOT NULL DEFAULT 0,
     read INTEGER NOT NULL DEFAULT 0,
     filtered INTEGER NOT NULL DEFAULT 0,
     written INTEGER NOT NULL DEFAULT 0,
     unchanged INTEGER NOT NULL DEFAULT 0,
     rejected INTEGER NOT NULL DEFAULT 0,
     unknown INTEGER NOT NULL DEFAULT 0,
     total INTEGER,
     source TEXT,
     target TEXT,
     error_code TEXT,
     error_message TEXT
   ) STRICT;
   CREATE INDEX runs_by_operation ON runs (operation, cursor);
   CREATE INDEX runs_unfinished ON runs (cursor) WHERE ended_at IS NULL;
   CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
   CREATE INDEX runs_by_status ON runs (status, cursor);
   CREATE TABLE messages (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
     at INTEGER NOT NULL,
     level TEXT NOT NULL,
     message TEXT NOT NULL,
     code TEXT
   ) STRICT;
   CREATE INDEX messages_by_run ON messages (run_id, seq);
   CREATE TABLE unsettled_records (
     run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
     number INTEGER NOT NULL,
     status TEXT NOT NULL,
     code TEXT,
     message TEXT NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (run_id, number)
   ) STRICT, WITHOUT ROWID;`,
  // What was kept before tells no stage; a refused transformation has its own code.
  `ALTER TABLE unsettled_records ADD COLUMN request_id TEXT;
   ALTER TABLE unsettled_records ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE unsettled_records ADD COLUMN is_retryable INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE unsettled_records ADD COLUMN stage TEXT NOT NULL DEFAULT 'target';
   ALTER TABLE unsettled_records ADD COLUMN is_masked INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE unsettled_records ADD COLUMN replayed_in TEXT;
   ALTER TABLE unsettled_records ADD COLUMN replayed_number INTEGER;
   UPDATE unsettled_records SET stage = 'source' WHERE code = 'TRANSFORMATION_INVALID';
   UPDATE unsettled_records SET is_masked = 1 WHERE instr(record, '********') > 0;
   ALTER TABLE runs ADD COLUMN job TEXT;
   ALTER TABLE runs ADD COLUMN replay_of TEXT;`,
  // Triggers, so that no writer can forget a change, and none is told before it is written.
  `CREATE TABLE store_identity (id TEXT NOT NULL) STRICT;
   INSERT INTO store_identity VALUES (lower(hex(randomblob(6))));
   CREATE TABLE run_changes (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     cursor INTEGER NOT NULL,
     run_id TEXT NOT NULL,
     operation TEXT NOT NULL,
     status TEXT NOT NULL,
     agent TEXT NOT NULL,
     requested_by TEXT,
     replay_of TEXT,
     submitted_at INTEGER NOT NULL,
     started_at INTEGER,
     ended_at INTEGER,
     attempt INTEGER NOT NULL,
     read INTEGER NOT NULL,
     filtered INTEGER NOT NULL,
     written INTEGER NOT NULL,
     unchanged INTEGER NOT NULL,
     rejected INTEGER NOT NULL,
     unknown INTEGER NOT NULL,
     total INTEGER,
     source TEXT,
     target TEXT,
     error_code TEXT,
     error_message TEXT
   ) STRICT;
   INSERT INTO run_changes (at, ${keptColumns.join(', ')})
     SELECT coalesce(ended_at, started_at, submitted_at), ${keptColumns.join(', ')} FROM runs ORDER BY cursor;
   CREATE TRIGGER run_opened AFTER INSERT ON runs BEGIN ${noteChange} END;
   CREATE TRIGGER run_changed AFTER UPDATE ON runs
     WHEN ${keptColumns.map(column => `new.${column} IS NOT old.${column}`).join(' OR ')}
     BEGIN ${noteChange} END;`,
  // The texts of messages. A row id is the cursor of the run, then 24 bits of the place of the message in the run: so the
  // index itself has the order of the list of runs. It holds no text of its own.
  `CREATE VIRTUAL TABLE message_texts USING fts5(
     message, code, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
   );
   INSERT INTO message_texts (rowid, message, code)
     SELECT cursor << 24 | (seq - min(seq) OVER (PARTITION BY run_id)) % 16777216, message, code
     FROM messages JOIN runs USING (run_id);
   CREATE TRIGGER message_told AFTER INSERT ON messages BEGIN
     INSERT OR REPLACE INTO message_texts (rowid, message, code)
       SELECT cursor << 24 | (new.seq - (SELECT min(seq) FROM messages WHERE run_id = new.run_id)) % 16777216,
         new.message, new.code
       FROM runs WHERE run_id = new.run_id;
   END;
   CREATE TRIGGER run_deleted AFTER DELETE ON runs BEGIN
     DELETE FROM message_texts WHERE rowid >= old.cursor << 24 AND rowid < (old.cursor + 1) << 24;
   END;
   CREATE INDEX runs_by_submitted ON runs (submitted_at);`,
]

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
