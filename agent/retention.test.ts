import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ChangeFeed, createChangeFeed } from './logs/change-feed.ts'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { type LogStore, openLogStore } from './logs/store.ts'
import { deleteOldLogs } from './retention.ts'

let directory: string
let store: LogStore
let logs: OperationLogs
let changes: ChangeFeed
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'retention-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  changes = createChangeFeed(store)
})
afterEach(async () => {
  store.close()
  await rm(directory, { recursive: true, force: true })
})

/** Runs that ended one second after the other, with a long message each. */
function add(count: number): void {
  store.transaction(() => {
    for (let number = 1; number <= count; number += 1) {
      const runId = `r${number}`
      logs.open({ runId, jobId: runId, operation: 'ids', agent: 'a', submittedAt: 1_000 })
      logs.tell(runId, 'info', `${runId} ${'word '.repeat(2_000)}`)
      logs.change(runId, { status: 'success', endedAt: Date.now() - (count - number) * 1_000 })
    }
  })()
  store.exec(`UPDATE run_changes SET at = (SELECT ended_at FROM runs WHERE runs.run_id = run_changes.run_id)`)
}

const count = (table: string) => store.prepare(`SELECT count(*) FROM ${table}`).pluck().get()

describe('deleteOldLogs', () => {
  test('deletes the oldest until the rest fits, with all that belongs to them', async () => {
    add(1_500)
    logs.open({ runId: 'waits', jobId: 'j', operation: 'ids', agent: 'a', submittedAt: 1 })
    const before = logs.sizeBytes()

    const deleted = await deleteOldLogs({ logs, changes }, { retentionDays: 1, maxMegabytes: 10 }, never())

    const left = 1_500 - deleted.runs
    expect(before).toBeGreaterThan(11_000_000)
    expect(logs.sizeBytes()).toBeLessThanOrEqual(10 * 1_048_576)
    expect(deleted.runs).toBeGreaterThan(50)
    expect(left).toBeGreaterThan(50)
    expect([count('runs'), count('messages'), count('message_texts')]).toEqual([left + 1, left, left])
    expect(logs.list({ limit: 2, sort: 'oldest' })[0]?.runId).toBe(`r${deleted.runs + 1}`)
    expect(logs.find('waits')).toBeDefined()
    expect(deleted.changes).toBeGreaterThanOrEqual(deleted.runs)
  })

  test('lets others write between two chunks', async () => {
    add(400)
    const deleting = deleteOldLogs({ logs, changes }, { retentionDays: -1, maxMegabytes: 10_000 }, never())
    logs.open({ runId: 'new', jobId: 'j', operation: 'ids', agent: 'a', submittedAt: 1 })

    const leftAtFirst = count('runs')
    const deleted = await deleting

    expect(leftAtFirst).toBeGreaterThan(300)
    expect(deleted.runs).toBe(400)
    expect(logs.list({ limit: 9 }).map(({ runId }) => runId)).toEqual(['new'])
  })

  test('ends when it is told to', async () => {
    add(200)
    const stop = new AbortController()
    const deleting = deleteOldLogs({ logs, changes }, { retentionDays: -1, maxMegabytes: 10 }, stop.signal)
    stop.abort()

    expect((await deleting).runs).toBe(0)
    expect(count('runs')).toBe(200)
  })

  test('does not try for ever when only runs without an end are left', async () => {
    logs.open({ runId: 'waits', jobId: 'j', operation: 'ids', agent: 'a', submittedAt: 1 })

    const deleted = await deleteOldLogs({ logs, changes }, { retentionDays: 30, maxMegabytes: 0 }, never())

    expect(deleted).toEqual({ runs: 0, changes: 0 })
    expect(logs.find('waits')).toBeDefined()
  })
})

function never(): AbortSignal {
  return new AbortController().signal
}
