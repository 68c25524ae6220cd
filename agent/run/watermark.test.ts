import { describe, expect, test } from '@jest/globals'
import type { JsonValue } from '../../connectors/sdk/connector.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createCheckpointStore } from './checkpoint.ts'
import { createRunWatermark } from './run-watermark.ts'
import { noCounts } from './status.ts'
import { createWatermarkStore, parseUntil } from './watermark.ts'

const shared = shareRedis()

const until = '2026-11-25T08:30:00.000Z'
const place = { operation: 'changes', connection: 'shop' }
const kept = { ...place, until, savedAt: until }

describe('createWatermarkStore', () => {
  test('keeps watermarks by operation and connection', async () => {
    const store = createWatermarkStore(shared.redis, 'keeps')
    await store.set(kept)
    await store.set({ ...kept, connection: 'other shop', details: { object: 'orders' } })
    await store.set({ ...kept, operation: 'orders' })

    expect(await store.get(place)).toEqual(kept)
    expect((await store.list()).map(each => [each.operation, each.connection])).toEqual([
      ['changes', 'other shop'],
      ['changes', 'shop'],
      ['orders', 'shop'],
    ])
    expect(await store.reset('changes')).toBe(2)
    expect(await store.list()).toEqual([{ ...kept, operation: 'orders' }])
    expect(await store.reset('changes')).toBe(0)
  })

  test('does not move for a run that another runner has taken', async () => {
    const store = createWatermarkStore(shared.redis, 'fenced')
    const checkpoints = createCheckpointStore(shared.redis, 'fenced')
    const { fence } = await checkpoints.take('a-run')
    const later = await checkpoints.take('a-run')

    await expect(store.move(kept, 'a-run', fence)).rejects.toMatchObject({ code: 'RUN_LOST' })
    expect(await store.get(place)).toBeUndefined()
    await store.move(kept, 'a-run', later.fence)
    expect(await store.get(place)).toEqual(kept)
  })
})

describe('parseUntil', () => {
  const now = new Date('2026-11-25T12:00:00Z')

  test('gives the time in UTC', () => {
    expect(parseUntil('2026-11-25T09:30:00+01:00', now)).toBe(until)
  })

  test.each([
    ['2026-11-25', 'with its offset'],
    ['2026-11-25T08:30:00', 'with its offset'],
    ['2026-11-32T08:30:00Z', 'with its offset'],
    ['', 'with its offset'],
    ['2026-11-25T12:00:01Z', 'in the future'],
  ])('refuses %j', (text, message) => {
    expect(() => parseUntil(text, now)).toThrow(message)
  })
})

describe('createRunWatermark', () => {
  async function open(prefix: string, operation: unknown = 'changes', source: { [key: string]: JsonValue } = {}) {
    const watermarks = createWatermarkStore(shared.redis, prefix)
    const taken = await createCheckpointStore(shared.redis, prefix).take('a-run')
    const lines: string[] = []
    const checkpoint = { skip: 0, counts: noCounts(), state: { source, target: {} }, workedMs: 0, isRead: true }
    const made = createRunWatermark('a-run', { ...taken, checkpoint }, {
      job: { operation },
      operation: { name: 'changes', source: { connectionName: 'shop' } },
      watermarks,
      logs: { tell: (_runId: string, _level: string, message: string) => lines.push(message) },
    } as unknown as Parameters<typeof createRunWatermark>[2]) // what it looks at of them
    const state = new Map<string, JsonValue>(Object.entries(source))
    const keeper = made.keeperOver({ get: key => state.get(key), set: (key, value) => void state.set(key, value) })
    return { ...made, keeper, watermarks, lines, state }
  }

  test('moves after a run with rejected records, which are kept', async () => {
    const { keeper, settle, watermarks } = await open('rejected')
    keeper.propose({ until })

    await settle({ ...noCounts(), rejected: 3 })

    expect(await watermarks.get(place)).toMatchObject({ until, runId: 'a-run' })
  })

  test('stays where it was after a run with records in doubt', async () => {
    const { keeper, settle, watermarks, lines } = await open('unknown')
    keeper.propose({ until })

    await settle({ ...noCounts(), unknown: 1 })

    expect(await watermarks.get(place)).toBeUndefined()
    expect(lines).toEqual([expect.stringContaining('not known what became of 1 records')])
  })

  test('moves by what an attempt before a crash has proposed', async () => {
    const before = await open('crash')
    before.keeper.propose({ until })
    const { settle, watermarks } = await open('crash', 'changes', Object.fromEntries(before.state))

    await settle(noCounts())

    expect(await watermarks.get(place)).toMatchObject({ until })
  })

  test('is refused to an operation that came with its job', async () => {
    const { keeper } = await open('inline', { source: {} })

    await expect(keeper.get()).rejects.toMatchObject({ code: 'OPERATION_INVALID' })
  })
})
