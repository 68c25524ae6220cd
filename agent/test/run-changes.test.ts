import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import type { RunChanges } from '../run/changes.ts'
import type { AgentProcess } from './agent-process.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ products: 60, plan: 'unlimited' })
})
afterAll(() => shop.close())

function ask({ client }: AgentProcess, after: string, wait = '0s'): Promise<RunChanges> {
  return client.get(`/v1/runs?after=${after}&wait=${wait}&limit=3`)
}

/** Reads page by page until nothing is left. */
async function catchUp(agent: AgentProcess, after: string) {
  const told: string[] = []
  for (let next = after; ; ) {
    const page = await ask(agent, next)
    told.push(...page.changes.map(({ run }) => `${run.runId} ${run.status}`))
    next = page.next
    if (!page.more) return { told, next }
  }
}

/** What a run goes through, each status once. */
const statuses = (told: readonly string[], runId: string) => [
  ...new Set(told.filter(each => each.startsWith(`${runId} `)).map(each => each.split(' ')[1])),
]

describe('one who polls the changes of runs', () => {
  test('hears of all that ran while it was away, over a restart of the agent, and of a gap', async () => {
    const first = await shop.start()
    const { next: begin } = await ask(first, 'newest')
    const waiting = ask(first, begin, '30s')
    await first.submit('ids', { runId: 'one' })
    expect((await waiting).changes[0]?.run).toMatchObject({ runId: 'one', status: 'submitted' })
    await first.ended('one')
    const { next: place } = await catchUp(first, begin)

    await first.submit('products', { runId: 'two' })
    await first.ended('two')
    const { next: newest } = await ask(first, 'newest')
    const last = ask(first, newest, '60s')
    await first.stop()
    expect(await last).toEqual({ changes: [], next: newest, more: false })
    const second = await shop.start()
    await second.submit('ids', { runId: 'three' })
    await second.ended('three')
    const { told, next } = await catchUp(second, place)

    const whole = ['submitted', 'received', 'running', 'success']
    expect(['one', 'two', 'three'].map(runId => statuses(told, runId))).toEqual([[], whole, whole])
    expect(told.at(-1)).toBe('three success')

    await second.stop()
    age(40)
    const third = await shop.start({ set: ['operationLogs.retentionDays=30'] })
    const gap = await ask(third, place)

    expect(gap).toEqual({ changes: [], next, more: false, gap: true, oldest: next })
    expect(await ask(third, next)).toEqual({ changes: [], next, more: false })
    // Three starts of an agent, one after the other.
  }, 180_000)
})

/** Makes all changes that many days older, as if the agent had been away. */
function age(days: number): void {
  const store = new Database(join(shop.home.directory, 'var', 'agent.db'))
  store.exec(`UPDATE run_changes SET at = at - ${days * 86_400_000}`)
  store.close()
}
