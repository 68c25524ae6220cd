import type { WriteOutcome } from '../../connectors/sdk/connector.ts'
import type { UnsettledRecord } from '../logs/unsettled-records.ts'
import type { JournalEntry } from './journal.ts'
import { outcomeOf } from './journal.ts'
import type { NumberedRecord } from './pipeline.ts'
import { noCounts, type RunCounts } from './status.ts'

/** What the operation log keeps of a record that was neither written nor found unchanged. */
export function unsettledFrom({ number, record }: NumberedRecord, outcome: WriteOutcome): UnsettledRecord | undefined {
  if (outcome.status !== 'rejected' && outcome.status !== 'unknown') return undefined
  const { message, requestId } = outcome
  const cause = outcome.status === 'rejected' ? { code: outcome.code, isRetryable: outcome.retryable } : inDoubt
  const request = requestId === undefined ? {} : { requestId }
  return { number, status: outcome.status, ...cause, message, ...request, stage: 'target', record }
}

/** Whether it would work another time is not the question: it may have worked. */
const inDoubt = { isRetryable: false } as const

/** Adds records that are known from the journal only, numbered after all that have been counted before. */
export function countEntries(
  entries: readonly JournalEntry[],
  before: RunCounts,
): { readonly counts: RunCounts; readonly sum: RunCounts; readonly unsettled: readonly UnsettledRecord[] } {
  const counts = noCounts()
  const unsettled = entries.flatMap((entry, index) => {
    const outcome = outcomeOf(entry)
    counts.read += 1
    counts[outcome.status] += 1
    const kept = unsettledFrom({ number: before.read + index + 1, record: entry.record ?? {} }, outcome)
    return kept === undefined ? [] : [kept]
  })
  return { counts, sum: addCounts(before, counts), unsettled }
}

function addCounts(one: RunCounts, other: RunCounts): RunCounts {
  const sum = { ...one }
  for (const name of Object.keys(sum) as (keyof RunCounts)[]) sum[name] += other[name] // its own names
  return sum
}
