import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { noCounts, type RunCounts } from '../run/status.ts'
import { createOperationLogs, type OperationLogs } from './operation-log.ts'
import { createRedactor } from './redact.ts'
import { type LogStore, openLogStore } from './store.ts'
import type { UnsettledRecord } from './unsettled-records.ts'

let directory: string
let store: LogStore
let logs: OperationLogs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'store-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor(['planted', '4711']))
  open('a')
})
afterEach(async () => {
  store.close()
  await rm(directory, { recursive: true, force: true })
})

function open(runId: string): void {
  logs.open({ runId, jobId: runId, operation: 'ids', agent: 'a', submittedAt: 1 })
}

function rejected(number: number, more: Partial<UnsettledRecord> = {}): UnsettledRecord {
  const cause = { code: 'X', message: 'refused', isRetryable: false }
  return { number, status: 'rejected', ...cause, stage: 'target', record: { id: number }, ...more }
}

describe('unsettled records', () => {
  test('are paged by their place, the later word counting', () => {
    const inDoubt: UnsettledRecord = {
      ...{ number: 1, status: 'unknown', message: 'lost', isRetryable: false, stage: 'target' },
      record: { id: 1 },
    }
    logs.change('a', { attempt: 2 })
    logs.keep('a', [rejected(3), inDoubt])

    logs.keep('a', [rejected(3, { code: 'Y', isRetryable: true, stage: 'source', requestId: 'q1' })])

    const kept = { attempt: 2, isMasked: false }
    expect(logs.unsettled('a', 0, 1)).toEqual([{ ...inDoubt, ...kept }])
    expect(logs.unsettled('a', 1, 9)).toEqual([
      { ...rejected(3), code: 'Y', isRetryable: true, stage: 'source', requestId: 'q1', ...kept },
    ])
  })

  test('are told by code and status, and what fields they have', () => {
    logs.keep('a', [
      rejected(1, { record: { sku: 's', name: 'n' } }),
      rejected(2, { code: 'Y', record: { name: 'n', id: 2 } }),
      rejected(3, { status: 'unknown', record: { other: 1 } }),
    ])

    const numbers = (query: object) => logs.unsettled('a', 0, 9, query).map(({ number }) => number)
    expect(numbers({ code: 'X' })).toEqual([1, 3])
    expect(numbers({ code: 'X', status: 'rejected' })).toEqual([1])
    expect(numbers({ status: 'unknown' })).toEqual([3])
    expect(logs.unsettledFields('a', { status: 'rejected' })).toEqual(['sku', 'name', 'id'])
  })

  test('are masked without being broken, and marked', () => {
    const record = { id: 4711, note: 'planted "here"', deep: [{ planted: true }], price: 1.5, nothing: null }

    logs.keep('a', [rejected(1, { message: 'planted', record })])

    expect(logs.unsettled('a', 0, 1)).toMatchObject([
      {
        message: '********',
        isMasked: true,
        record: { id: '********', note: '******** "here"', deep: [{ '********': true }], price: 1.5, nothing: null },
      },
    ])
    expect(logs.unsettledHeads('a', {})).toMatchObject([{ number: 1, stage: 'target', isMasked: true }])
  })

  test.each<[string, Partial<RunCounts>, number[], (string | undefined)[]]>([
    ['has written all', { read: 2, written: 2 }, [], ['written', 'written']],
    ['has filtered one', { read: 2, written: 1, filtered: 1 }, [], ['settled', 'settled']],
    ['had one refused', { read: 2, written: 1, rejected: 1 }, [2], ['written', 'rejected']],
    ['had one refused, on another agent', { read: 2, written: 1, rejected: 1 }, [], [undefined, undefined]],
    ['came to the first only', { read: 1, written: 1 }, [], ['written', 'not-reached']],
  ])('tell what became of them in a run that %s', (_what, counts, refused, outcomes) => {
    logs.keep('a', [rejected(5), rejected(7)])
    open('b')
    logs.markReplayed('a', [5, 7], 'b')
    const before = logs.unsettled('a', 0, 9).map(({ outcome }) => outcome)

    logs.keep(
      'b',
      refused.map(number => rejected(number)),
    )
    logs.change('b', { status: 'success', endedAt: 5, counts: { ...noCounts(), ...counts } })

    expect(before).toEqual([undefined, undefined])
    expect(logs.unsettled('a', 0, 9)).toMatchObject([{ replayedIn: 'b' }, { replayedIn: 'b' }])
    expect(logs.unsettled('a', 0, 9).map(({ outcome }) => outcome)).toEqual(outcomes)
  })

  test('forget a replay that never came to be', () => {
    logs.keep('a', [rejected(5)])
    logs.markReplayed('a', [5], 'b')

    logs.markReplayed('a', [5], undefined)

    expect(logs.unsettledHeads('a', {})[0]?.replayedIn).toBeUndefined()
  })
})
