import { describe, expect, test } from '@jest/globals'
import { checkConnector } from '../sdk/conformance.ts'
import type { DataRecord, JsonValue, Page, WriteOutcome } from '../sdk/connector.ts'
import { quietContext, stateOver, type WholeContext } from '../sdk/quiet-context.ts'
import variable from './index.ts'

function contextWith(entries: Map<string, JsonValue>): WholeContext {
  return quietContext({ state: stateOver(entries) })
}

async function readAll(records: readonly DataRecord[]): Promise<readonly Page[]> {
  const context = contextWith(new Map())
  const activity = variable.activities['Read']
  if (activity?.role !== 'source') throw new Error('Read is no source')
  const pages: Page[] = []
  for await (const page of activity.read(await variable.connect({}, context), { records }, undefined, context))
    pages.push(page)
  return pages
}

async function write(
  batch: readonly DataRecord[],
  { options = {}, state = new Map<string, JsonValue>() } = {},
): Promise<readonly WriteOutcome[]> {
  const context = contextWith(state)
  const activity = variable.activities['Write']
  if (activity?.role !== 'target') throw new Error('Write is no target')
  return activity.write(await variable.connect({}, context), batch, options, context)
}

function numbered(count: number): readonly DataRecord[] {
  return Array.from({ length: count }, (_each, index) => ({ id: index + 1 }))
}

describe('variable', () => {
  test('keeps the contract of connectors', async () => {
    const findings = await checkConnector(variable, {
      settings: {},
      badSettings: [{ a: 1 }, 'text', null],
      reads: [{ activity: 'Read', options: { records: numbered(3_500) } }],
      writes: [
        {
          activity: 'Write',
          options: { maxRecords: 2 },
          records: numbered(3),
          expected: ['written', 'written', 'rejected'],
        },
      ],
    })

    expect(findings).toEqual([])
  })

  test('yields pages of at most 1,000 records', async () => {
    const pages = await readAll(numbered(2_001))

    expect(pages.map(({ records }) => records.length)).toEqual([1_000, 1_000, 1])
  })

  test('collects what comes in several batches, in order', async () => {
    const state = new Map<string, JsonValue>()

    await write(numbered(2), { state })
    await write([{ id: 3 }], { state })

    expect(state.get('records')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  })

  test('rejects what is more than maxRecords, also over several batches', async () => {
    const state = new Map<string, JsonValue>()
    await write(numbered(2), { state, options: { maxRecords: 3 } })

    const outcomes = await write(numbered(2), { state, options: { maxRecords: 3 } })

    expect(outcomes).toMatchObject([{ status: 'written' }, { status: 'rejected', code: 'VARIABLE_FULL' }])
  })

  test('takes 1,000 records by default', async () => {
    const outcomes = await write(numbered(1_001))

    expect(outcomes.filter(({ status }) => status === 'written')).toHaveLength(1_000)
  })

  test('stays below 1 MB, counted in bytes', async () => {
    const state = new Map<string, JsonValue>()
    const record = { text: 'é'.repeat(200_000) }

    const outcomes = await write([record, record, record], { state })

    expect(outcomes.map(({ status }) => status)).toEqual(['written', 'written', 'rejected'])
    expect(Buffer.byteLength(JSON.stringify(state.get('records')))).toBeLessThan(1024 * 1024)
  })
})
