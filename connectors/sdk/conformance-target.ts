import { isDeepStrictEqual } from 'node:util'
import type { WriteSample } from './conformance.ts'
import type { Bench, Rule } from './conformance-bench.ts'
import type { DataRecord, JsonValue, TargetActivity, WriteJournal, WriteOutcome } from './connector.ts'

/** The rules of targets. */
export function targetRules(sample: WriteSample): readonly Rule[] {
  return [
    // Before anything is written, so that nothing can be found.
    { rule: 'settle', subject: sample.activity, check: bench => settlesEachRecord(bench, sample) },
    { rule: 'outcomes', subject: sample.activity, check: bench => answersEachRecord(bench, sample) },
    { rule: 'sending', subject: sample.activity, check: bench => heedsTheJournal(bench, sample) },
  ]
}

async function settlesEachRecord(bench: Bench, { activity, options, records }: WriteSample): Promise<void> {
  const target = bench.connector.activities[activity] as TargetActivity // its role was checked with the shape
  if (target.settle === undefined) return
  const connection = await bench.connect()
  const settlements = await bench.within(target.settle(connection, records, options, bench.context()))
  if (settlements.length !== records.length)
    return bench.report(`answers ${settlements.length} settlements for ${records.length} records`)
  for (const [index, { status }] of settlements.entries())
    if (status !== 'absent' && status !== 'unknown')
      bench.report(`record ${index + 1} was never sent, and is said to be ${status}`)
}

/** A target that announces its requests must stop at the first one that is refused, with the host's reason. */
async function heedsTheJournal(bench: Bench, { activity, options, records }: WriteSample): Promise<void> {
  const target = bench.connector.activities[activity] as TargetActivity // as above
  const reason = new Error('nothing more may be sent')
  const heard = { isRefused: false, isTold: false }
  const journal: WriteJournal = {
    async sending() {
      heard.isRefused = true
      throw reason
    },
    settled(_place, { status }) {
      heard.isTold ||= status === 'written' || status === 'unknown'
    },
  }
  const connection = await bench.connect()
  const batch = records.slice(0, target.batchSize(options))
  const work = target.write(connection, batch, options, { ...bench.context(), journal })
  const end = await bench.within(
    work.then(
      () => 'goes on',
      thrown => thrown as unknown,
    ),
  )
  if (!heard.isRefused) return
  if (end !== reason) bench.report('the journal refused a request, and write does not reject with its reason')
  if (heard.isTold) bench.report('the journal refused every request, and a record is said to be applied')
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
