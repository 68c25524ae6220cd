import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createOperationLogs, type OperationLogs } from './operation-log.ts'
import { createRedactor } from './redact.ts'
import { createRunList } from './run-list.ts'
import { type LogStore, openLogStore } from './store.ts'

let directory: string
let store: LogStore
let logs: OperationLogs
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-list-'))
  store = openLogStore(join(directory, 'agent.db'))
  logs = createOperationLogs(store, createRedactor())
  for (let number = 1; number <= 500; number += 1) {
    const operation = number % 2 === 0 ? 'even' : 'odd'
    logs.open({ runId: `r${number}`, jobId: 'j', operation, agent: 'a', submittedAt: number })
    logs.tell(`r${number}`, 'info', `received as ${operation}`)
  }
})
afterEach(async () => {
  store.close()
  await rm(directory, { recursive: true, force: true })
})

describe('a search that takes long', () => {
  test.each(['newest', 'oldest'] as const)('answers in parts that make up the whole, %s first', sort => {
    const list = createRunList(store, { budgetMs: 0, firstGo: 4 })
    const query = { limit: 60, sort, text: 'received', operation: 'even' }

    const first = list(query)
    let page = first
    const found = [...page.runs]
    let parts = 1
    while (page.next !== undefined) {
      page = list({ ...query, cursor: page.next })
      found.push(...page.runs)
      parts += 1
    }

    expect(first).toMatchObject({ incomplete: true, next: sort === 'newest' ? 497 : 4 })
    expect(first.runs).toHaveLength(2)
    expect(found.map(({ runId }) => runId)).toEqual(logs.list({ ...query, limit: 999 }).map(({ runId }) => runId))
    expect(found).toHaveLength(250)
    expect(parts).toBeGreaterThan(20)
  })

  test('is over in one part where few runs have to be looked at', () => {
    const list = createRunList(store, { budgetMs: 0, firstGo: 4 })
    logs.change('r9', { status: 'error', endedAt: 1 })

    expect(list({ limit: 9, text: 'received', status: 'error' }).runs).toMatchObject([{ runId: 'r9' }])
    expect(list({ limit: 9, text: 'even', status: 'error' })).toEqual({ runs: [] })
    expect(list({ limit: 9, text: 'received', status: 'canceled' })).toEqual({ runs: [] })
  })
})

describe('text', () => {
  test.each([
    ['Größen', 'GRÖßEN', true],
    ['crème brûlée', 'Creme BRÛ', true],
    ['crème brûlée', 'brûl', true],
    ['order 20261125-x', '20261125', true],
    ['order 20261125-x', '2026112', true],
    ['order 20261125-x', '0261125', false],
    ['日本語の店', '日本', true],
    ['say "all" AND (none)', 'AND (none', true],
    ['naïveté', 'naiv', true],
  ])('%j is found by %j: %s', (message, text, isFound) => {
    logs.tell('r7', 'info', message)

    expect(logs.list({ limit: 9, text }).map(({ runId }) => runId)).toEqual(isFound ? ['r7'] : [])
  })

  test('begins more words than are asked for one by one', () => {
    for (let number = 1; number <= 100; number += 1) logs.tell(`r${number}`, 'info', `number ${10_000 + number}`)

    expect(logs.list({ limit: 200, text: '1000' })).toHaveLength(9)
    expect(logs.list({ limit: 200, text: '10' })).toHaveLength(100)
    expect(logs.list({ limit: 200, text: '100 numbe' })).toHaveLength(99)
    for (let number = 1; number <= 100; number += 1) logs.tell(`r${number}`, 'info', `sku ${1_234_000 + number}`)
    expect(logs.list({ limit: 200, text: '1234' })).toHaveLength(100)
  })
})
