import { isDeepStrictEqual } from 'node:util'
import type { WriteSample } from './conformance.ts'
import type { Bench, Rule } from './conformance-bench.ts'
import type { DataRecord, JsonValue, TargetActivity, WriteOutcome } from './connector.ts'

/** The rules of targets. */
export function targetRules(sample: WriteSample): readonly Rule[] {
  return [{ rule: 'outcomes', subject: sample.activity, check: bench => answersEachRecord(bench, sample) }]
}

async function answersEachRecord(bench: Bench, { activity, options, records, expected }: WriteSample): Promise<void> {
  const target = bench.connector.activities[activity] as TargetActivity // its role was checked with the shape
  const size = target.batchSize(options)
  if (!Number.isInteger(size) || size < 1) return bench.report(`its batch size is ${size}`)
  const state = new Map<string, JsonValue>()
  const context = bench.context({ state })
  const connection = await bench.connect()
  const outcomes: WriteOutcome[] = []
  for (const batch of inBatches(records, size)) {
    const answered = await bench.within(target.write(connection, batch, options, context))
    if (answered.length !== batch.length)
      return bench.report(`answers ${answered.length} outcomes for ${batch.length} records`)
    outcomes.push(...answered)
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify([...state])), [...state]))
      bench.report('what it keeps in its state does not survive JSON')
  }
  compare(bench, outcomes, expected)
  if (target.finish !== undefined) await bench.within(target.finish(connection, options, context))
}

function compare(bench: Bench, outcomes: readonly WriteOutcome[], expected: WriteSample['expected']): void {
  for (const [index, outcome] of outcomes.entries()) {
    const where = `record ${index + 1}`
    if (outcome.status !== expected[index])
      bench.report(`${where} is ${outcome.status}, expected ${String(expected[index])}`)
    if (outcome.status === 'rejected' && !/^[A-Z][A-Z0-9_]*$/.test(outcome.code))
      bench.report(`${where} is rejected without a code in capitals`)
    if ((outcome.status === 'rejected' || outcome.status === 'unknown') && outcome.message === '')
      bench.report(`${where} is ${outcome.status} without a message`)
  }
}

function* inBatches(records: readonly DataRecord[], size: number): Generator<readonly DataRecord[]> {
  for (let from = 0; from < records.length; from += size) yield records.slice(from, from + size)
}
