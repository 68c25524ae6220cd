import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createOperationLogs, type OperationLogs } from './operation-log.ts'
import { createRedactor } from './redact.ts'
import { type LogStore, openLogStore } from './store.ts'
import { createGatheringWriter, type StoreWriter } from './store-writer.ts'

let directory: string
let store: LogStore
let writer: StoreWriter
let logs: OperationLogs
/** The same store, as another process sees it. */
let elsewhere: OperationLogs
let others: LogStore

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-writer-'))
  store = openLogStore(join(directory, 'agent.db'))
  others = openLogStore(join(directory, 'agent.db'))
  writer = createGatheringWriter(store)
  logs = createOperationLogs(store, createRedactor(), writer)
  elsewhere = createOperationLogs(others, createRedactor())
})
afterEach(() => {
  writer.settleAll()
  store.close()
  others.close()
  rmSync(directory, { recursive: true })
})

const open = (runId: string) => logs.open({ runId, jobId: 'j', operation: 'o', agent: 'a', submittedAt: 1 })
const textsOf = (from: OperationLogs, runId: string) => from.messages(runId, 0, 10).map(({ message }) => message)

describe('createGatheringWriter', () => {
  test('writes soon, without being asked, in the order of the calls', async () => {
    open('r')
    logs.tell('r', 'info', 'one')
    logs.change('r', { status: 'running' })
    logs.tell('r', 'info', 'two')
    expect(elsewhere.find('r')).toBeUndefined()

    for (let waits = 0; elsewhere.find('r') === undefined && waits < 200; waits += 1) await sleep(10)

    expect(textsOf(elsewhere, 'r')).toEqual(['one', 'two'])
    expect(elsewhere.run('r').status).toBe('running')
  })

  test('lets whoever reads see all that was told before', () => {
    open('r')
    logs.tell('r', 'info', 'one')

    expect(textsOf(logs, 'r')).toEqual(['one'])
    expect(textsOf(elsewhere, 'r')).toEqual(['one'])
  })

  test('has the end of a run and its last lines in the store at once', () => {
    open('r')

    const run = logs.finish('r', { status: 'success', endedAt: 5 }, ({ status }) => [
      { level: 'info', message: status },
    ])

    expect(run.status).toBe('success')
    expect(elsewhere.run('r').endedAt).toBeDefined()
    expect(textsOf(elsewhere, 'r')).toEqual(['success'])
  })

  test('has rejected records in the store at once', () => {
    open('r')

    const cause = { status: 'rejected', message: 'bad', isRetryable: false, stage: 'target' } as const
    logs.keep('r', [{ number: 1, ...cause, record: { id: 1 } }])

    expect(elsewhere.unsettled('r', 0, 10)).toHaveLength(1)
  })

  test('lets a run pay for its own failure only', () => {
    open('good')
    logs.tell('good', 'info', 'before')
    logs.tell('unknown', 'info', 'no such run')
    logs.tell('good', 'info', 'after')

    expect(textsOf(logs, 'good')).toEqual(['before', 'after'])
    expect(() => logs.tell('unknown', 'info', 'again')).toThrow(/FOREIGN KEY/)
    expect(() => logs.find('unknown')).not.toThrow()
  })

  test('tells each run when the store cannot be written', () => {
    open('one')
    open('two')
    writer.settleAll()
    store.pragma('query_only = ON')
    logs.tell('one', 'info', 'lost')
    logs.tell('two', 'info', 'lost')

    expect(() => logs.run('one')).toThrow(/readonly/)
    expect(() => logs.run('two')).toThrow(/readonly/)
    store.pragma('query_only = OFF')
    expect(logs.run('one').status).toBe('submitted')
  })

  test('does not keep more than it should', () => {
    open('r')
    for (let line = 0; line < 600; line += 1) logs.tell('r', 'info', 'line')

    expect(elsewhere.messages('r', 0, 1_000).length).toBeGreaterThanOrEqual(400)
  })
})
