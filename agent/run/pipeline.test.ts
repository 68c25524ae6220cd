import { describe, expect, test } from '@jest/globals'
import type { DataRecord, Page, WriteOutcome } from '../../connectors/sdk/connector.ts'
import { type PipelineParts, type Progress, pump, type Settled } from './pipeline.ts'
import { noCounts } from './status.ts'
import { compileTransformation } from './transformation.ts'

/** Pages of so many records, numbered from 1, from the page after `from` on. */
async function* pagesOf(sizes: readonly number[], from = 0): AsyncGenerator<Page> {
  let id = sizes.slice(0, from).reduce((sum, size) => sum + size, 0)
  for (const [index, size] of sizes.entries()) {
    if (index < from) continue
    const records = Array.from({ length: size }, () => ({ id: ++id }))
    yield { records, position: { page: index + 1 } }
  }
}

interface Seen {
  readonly written: number[][]
  readonly progress: Progress[]
  readonly settled: Settled[]
}

function parts(pages: AsyncIterable<Page>, changes: Partial<PipelineParts> = {}): { seen: Seen; parts: PipelineParts } {
  const seen: Seen = { written: [], progress: [], settled: [] }
  const made: PipelineParts = {
    pages,
    transformation: compileTransformation(undefined),
    batchSize: 4,
    write: async batch => {
      seen.written.push(batch.map(({ record }) => idOf(record)))
      return batch.map((): WriteOutcome => ({ status: 'written' }))
    },
    resume: { skip: 0, counts: noCounts() },
    onSettled: (progress, settled) => {
      seen.progress.push(progress)
      seen.settled.push(settled)
    },
    onTotal: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  }
  return { seen, parts: made }
}

function idOf(record: DataRecord): number {
  return Number(record['id'])
}

describe('pump', () => {
  test('cuts pages into batches that keep the order of the source', async () => {
    const { seen, parts: given } = parts(pagesOf([3, 3, 3]))

    const end = await pump(given)

    expect(seen.written).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]])
    expect(end.counts).toEqual({ ...noCounts(), read: 9, written: 9 })
    expect(end).toMatchObject({ position: { page: 3 }, skip: 0 })
  })

  test.each([0, 1, 2])('goes on after the checkpoint of batch %i without losing or doubling a record', async batch => {
    const sizes = [3, 5, 2]
    const whole = parts(pagesOf(sizes))
    await pump(whole.parts)
    const checkpoint = whole.seen.progress[batch]
    if (checkpoint === undefined) throw new Error('no such batch')

    const page = (checkpoint.position as { page: number } | undefined)?.page ?? 0
    const rest = parts(pagesOf(sizes, page), { resume: checkpoint })
    const end = await pump(rest.parts)

    const before = whole.seen.written.slice(0, batch + 1).flat()
    expect([...before, ...rest.seen.written.flat()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(end.counts).toEqual({ ...noCounts(), read: 10, written: 10 })
  })

  test('counts what becomes of each record, and the sum is what was read', async () => {
    const outcomes: WriteOutcome[] = [
      { status: 'written', warning: 'shortened' },
      { status: 'unchanged' },
      { status: 'rejected', code: 'NAME_TAKEN', message: 'name is taken', retryable: true, requestId: 'q1' },
      { status: 'unknown', message: 'the answer was lost' },
    ]
    const { seen, parts: given } = parts(pagesOf([8]), {
      transformation: compileTransformation({ where: 'id > 4' }),
      write: async () => outcomes,
    })

    const { counts } = await pump(given)

    expect(counts).toEqual({ read: 8, filtered: 4, written: 1, unchanged: 1, rejected: 1, unknown: 1 })
    expect(seen.settled[0]).toEqual({
      warnings: ['record 5: shortened'],
      unsettled: [
        {
          ...{ number: 7, status: 'rejected', code: 'NAME_TAKEN', message: 'name is taken', requestId: 'q1' },
          ...{ isRetryable: true, stage: 'target', record: { id: 7 } },
        },
        {
          ...{ number: 8, status: 'unknown', message: 'the answer was lost', isRetryable: false, stage: 'target' },
          record: { id: 8 },
        },
      ],
    })
  })

  test('rejects a record that the transformation cannot map and goes on with the others', async () => {
    const { seen, parts: given } = parts(pagesOf([3]), {
      transformation: compileTransformation({
        fields: { id: 'id', bad: { expression: 'id = 2 ? $error("two") : 1' } },
      }),
    })

    const { counts } = await pump(given)

    expect(counts).toEqual({ ...noCounts(), read: 3, written: 2, rejected: 1 })
    expect(seen.settled[0]?.unsettled).toMatchObject([
      { number: 2, code: 'TRANSFORMATION_INVALID', stage: 'source', record: { id: 2 } },
    ])
  })

  test('moves the checkpoint over a page that is filtered out as a whole', async () => {
    const { seen, parts: given } = parts(pagesOf([4, 4]), {
      transformation: compileTransformation({ where: 'id > 4' }),
    })

    await pump(given)

    expect(seen.progress[0]).toEqual({
      position: { page: 1 },
      skip: 0,
      counts: { ...noCounts(), read: 4, filtered: 4 },
    })
  })

  test('writes nothing more once the signal has aborted', async () => {
    const stop = new AbortController()
    const { seen, parts: given } = parts(pagesOf([4, 4, 4]), {
      signal: stop.signal,
      onSettled: () => stop.abort(new Error('enough')),
    })

    await expect(pump(given)).rejects.toThrow('enough')

    expect(seen.written).toEqual([[1, 2, 3, 4]])
  })

  test('makes the next batch while one is being written, and writes only one at a time', async () => {
    const slow = gate()
    const events: string[] = []
    async function* watched(): AsyncGenerator<Page> {
      for await (const page of pagesOf([4, 4, 4])) {
        events.push(`read ${idOf(page.records[0] ?? {})}`)
        if (events.length === 3) slow.open()
        yield page
      }
    }
    const { parts: given } = parts(watched(), {
      write: async batch => {
        events.push(`write ${idOf(batch[0]?.record ?? {})}`)
        await slow.opened
        return batch.map((): WriteOutcome => ({ status: 'written' }))
      },
    })

    await pump(given)

    expect(events).toEqual(['read 1', 'write 1', 'read 5', 'write 5', 'read 9', 'write 9'])
  })

  test('writes nothing more after a write has failed', async () => {
    const written: number[] = []
    const { seen, parts: given } = parts(pagesOf([4, 4, 4]), {
      write: async batch => {
        written.push(idOf(batch[0]?.record ?? {}))
        throw new Error('disk is full')
      },
    })

    await expect(pump(given)).rejects.toThrow('disk is full')

    expect(written).toEqual([1])
    expect(seen.progress).toEqual([])
  })

  test('settles the batch on its way before it tells that the source failed', async () => {
    const slow = gate()
    async function* failing(): AsyncGenerator<Page> {
      yield* pagesOf([4])
      setImmediate(slow.open)
      throw new Error('store is gone')
    }
    const { seen, parts: given } = parts(failing(), {
      write: async batch => {
        await slow.opened
        return batch.map((): WriteOutcome => ({ status: 'written' }))
      },
    })

    await expect(pump(given)).rejects.toThrow('store is gone')

    expect(seen.progress).toMatchObject([{ counts: { read: 4, written: 4 } }])
  })
})

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open: () => open() }
}
