import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from '../../connectors/sdk/connector.ts'
import { shareRedis } from '../test/shared-redis.ts'
import { createReplayStore, openReplay, type ReplayedRecord, type ReplayStore } from './replay.ts'
import { compileTransformation } from './transformation.ts'

const shared = shareRedis()
let store: ReplayStore
beforeAll(async () => {
  store = createReplayStore(shared.redis, 'test')
})

const signal = new AbortController().signal

function sent(count: number, text = ''): ReplayedRecord[] {
  return Array.from({ length: count }, (_, index) => ({ stage: 'target', record: { id: index + 1, text } }))
}

async function pagesOf(pages: AsyncIterable<Page>): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of pages) all.push(page)
  return all
}

describe('a replay store', () => {
  test.each([
    ['by number', 1_201, '', 3],
    ['by size', 9, 'x'.repeat(400_000), 3],
    ['of nothing', 0, '', 0],
  ])('cuts records %s', async (_what, count, text, chunks) => {
    expect(await store.put('r', sent(count, text))).toBe(chunks)
    expect(await shared.redis.llen('test:replay:r')).toBe(chunks)
  })

  test('forgets what was there before, what is dropped, and after two weeks all', async () => {
    await store.put('twice', sent(600))

    expect(await store.put('twice', sent(1))).toBe(1)
    expect(await store.chunk('twice', 0)).toEqual(sent(1))
    expect(await shared.redis.ttl('test:replay:twice')).toBeGreaterThan(13 * 24 * 3600)
    await store.drop('twice')
    await expect(store.chunk('twice', 0)).rejects.toMatchObject({ code: 'REPLAY_GONE' })
  })
})

describe('a replay', () => {
  test('goes on at the position of its last page', async () => {
    const chunks = await store.put('r', sent(1_100))
    const replay = openReplay({ runId: 'old', records: 1_100, chunks }, 'r', store)

    const pages = await pagesOf(replay.read(undefined, signal))
    const rest = await pagesOf(replay.read(pages[0]?.position, signal))

    expect(pages.map(({ records, position, total }) => [records.length, position, total])).toEqual([
      [500, 1, 1_100],
      [500, 2, 1_100],
      [100, 3, 1_100],
    ])
    expect(rest).toEqual(pages.slice(1))
  })

  test('transforms what was never transformed, and leaves the rest as it is', async () => {
    const chunks = await store.put('r', [
      { stage: 'source', record: { id: 1 } },
      { stage: 'target', record: { id: 2 } },
    ])
    const replay = openReplay({ runId: 'old', records: 2, chunks }, 'r', store)
    const { apply, fields } = replay.around(compileTransformation({ fields: { key: 'id' } }))

    const [page] = await pagesOf(replay.read(undefined, signal))

    expect(fields).toBeUndefined()
    expect(page?.records.map(record => apply(record))).toEqual([
      { status: 'record', record: { key: 1 } },
      { status: 'record', record: { id: 2 } },
    ])
  })

  test('says so when its records are gone', async () => {
    const replay = openReplay({ runId: 'old', records: 9, chunks: 1 }, 'nothing', store)

    await expect(pagesOf(replay.read(undefined, signal))).rejects.toMatchObject({ code: 'REPLAY_GONE' })
  })
})
