/** What a change keeps of its run since migration 3: a new column needs a migration of its own. */
const keptColumns = [
  ...['cursor', 'run_id', 'operation', 'status', 'agent', 'requested_by', 'replay_of', 'submitted_at', 'started_at'],
  ...['ended_at', 'attempt', 'read', 'filtered', 'written', 'unchanged', 'rejected', 'unknown', 'total', 'source'],
  ...['target', 'error_code', 'error_message'],
]
const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/** Triggers, so that no writer can forget a change, and none is told before it is written. */
function changeTriggers(columns: readonly string[]): string {
  const noteChange = `INSERT INTO run_changes (at, ${columns.join(', ')})
    VALUES (${now}, ${columns.map(column => `new.${column}`).join(', ')});`
  return `CREATE TRIGGER run_opened AFTER INSERT ON runs BEGIN ${noteChange} END;
    CREATE TRIGGER run_changed AFTER UPDATE ON runs
    WHEN ${columns.map(column => `new.${column} IS NOT old.${column}`).join(' OR ')}
    BEGIN ${noteChange} END;`
}

/** Each entry brings the schema of the log store one version up; entries are never changed, only added. */
export const migrations: readonly string[] = [
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
   ${changeTriggers(keptColumns)}`,
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
  // Which run a run belongs to; and every way to ask for runs gets an index that has their order.
  `ALTER TABLE runs ADD COLUMN parent_run TEXT;
   ALTER TABLE runs ADD COLUMN parent_operation TEXT;
   ALTER TABLE run_changes ADD COLUMN parent_run TEXT;
   ALTER TABLE run_changes ADD COLUMN parent_operation TEXT;
   DROP TRIGGER run_opened;
   DROP TRIGGER run_changed;
   ${changeTriggers([...keptColumns, 'parent_run', 'parent_operation'])}
   CREATE INDEX runs_by_parent ON runs (parent_run, cursor) WHERE parent_run IS NOT NULL;
   CREATE INDEX runs_by_parent_status ON runs (parent_run, status) WHERE parent_run IS NOT NULL;
   CREATE INDEX runs_by_replayed ON runs (replay_of, cursor) WHERE replay_of IS NOT NULL;
   CREATE INDEX runs_by_agent ON runs (agent, cursor);`,
  // Texts again, so that begins of words up to three letters have an index: thousands of words may begin so. Where in its
  // message a word stands nobody asks. Longer begins are looked up among the terms.
  `DROP TABLE message_texts;
   CREATE VIRTUAL TABLE message_texts USING fts5(
     message, code, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3',
     tokenize = 'unicode61 remove_diacritics 2'
   );
   CREATE VIRTUAL TABLE message_terms USING fts5vocab(message_texts, instance);
   INSERT INTO message_texts (rowid, message, code)
     SELECT r.cursor << 24 | (m.seq - (SELECT min(seq) FROM messages WHERE run_id = r.run_id)) % 16777216,
       m.message, m.code
     FROM runs r CROSS JOIN messages m ON m.run_id = r.run_id ORDER BY r.cursor, m.seq;`,
]
