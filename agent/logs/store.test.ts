import { statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { migrations } from './migrations.ts'
import { openLogStore } from './store.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('openLogStore', () => {
  test('makes its folder, and keeps what is there when it is opened again', () => {
    const file = join(directory, 'var', 'agent.db')
    const first = openLogStore(file)
    first.exec(
      `INSERT INTO runs (run_id, job_id, operation, status, agent, submitted_at) VALUES ('r', 'j', 'o', 's', 'a', 1)`,
    )
    first.close()

    const second = openLogStore(file)
    const runs = second.prepare('SELECT run_id FROM runs').pluck().all()
    second.close()

    expect(runs).toEqual(['r'])
  })

  test('lets nobody but its owner read it', () => {
    const file = join(directory, 'agent.db')
    const store = openLogStore(file)
    store.exec(
      `INSERT INTO runs (run_id, job_id, operation, status, agent, submitted_at) VALUES ('r', 'j', 'o', 's', 'a', 1)`,
    )

    const modes = [file, `${file}-wal`, `${file}-shm`].map(each => statSync(each).mode & 0o777)
    store.close()

    expect(modes).toEqual([0o600, 0o600, 0o600])
  })

  test('does not touch a store that a newer agent has written', () => {
    const file = join(directory, 'agent.db')
    const store = openLogStore(file)
    store.pragma('user_version = 99')
    store.close()

    expect(() => openLogStore(file)).toThrow(
      expect.objectContaining({ code: 'LOG_STORE_FAILED', message: expect.stringContaining('newer agent (schema 99') }),
    )
  })

  test('names a file that is no store', async () => {
    const file = join(directory, 'agent.db')
    await writeFile(file, 'this is certainly no database, although it is long enough to be looked at'.repeat(20))

    expect(() => openLogStore(file)).toThrow(
      expect.objectContaining({ code: 'LOG_STORE_FAILED', message: expect.stringContaining(file) }),
    )
  })

  test('takes runs and texts of an older store for changes and searches', () => {
    const file = join(directory, 'agent.db')
    const older = new Database(file)
    for (const migration of migrations.slice(0, 2)) older.exec(migration)
    older.exec(`
      INSERT INTO runs (run_id, job_id, operation, status, agent, submitted_at) VALUES
        ('a', 'j', 'o', 'success', 'a', 1), ('b', 'j', 'o', 'running', 'a', 2);
      INSERT INTO messages (run_id, at, level, message) VALUES
        ('a', 1, 'info', 'one'), ('b', 1, 'info', 'two'), ('a', 1, 'info', 'two')`)
    older.pragma('user_version = 2')
    older.close()

    const store = openLogStore(file)
    store.exec(`UPDATE runs SET status = 'error', parent_run = 'a' WHERE run_id = 'b'`)
    const changes = store.prepare('SELECT run_id, status, parent_run FROM run_changes ORDER BY seq').raw().all()
    const found = store.prepare(`SELECT rowid FROM message_texts WHERE message_texts MATCH 'two'`).pluck().all()
    store.close()

    expect(found).toEqual([(1 << 24) + 2, 2 << 24])
    expect(changes).toEqual([
      ['a', 'success', null],
      ['b', 'running', null],
      ['b', 'error', 'a'],
    ])
  })
})
