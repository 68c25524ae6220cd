import type { RunCounts } from '../../run/status.ts'

/** What is known after a row: what the operation log says, and what the target holds. */
export interface Evidence {
  readonly status: string
  readonly counts: RunCounts
  /** Records the log kept as rejected or unknown; `number` is the place in the source, from 1. */
  readonly unsettled: readonly { readonly number: number; readonly status: 'rejected' | 'unknown' }[]
  /** How often each record of the source is in the target, in source order. */
  readonly applied: readonly number[]
  /** Changes in the target that nobody asked for. */
  readonly strangers: number
  /** The most records that may be unknown: those on their way when the fault came. */
  readonly mayBeUnknown: number
  /** Whether the run has read its source to the end; a canceled one has not. */
  readonly isWhole: boolean
}

/** The verdict over a row. */
export interface Findings {
  /** Said to be written, or not spoken of, and not in the target. */
  readonly lost: number
  /** Times a record is in the target beyond the first. */
  readonly doubled: number
  readonly unknown: number
  /** What is wrong, in words; empty when the row is survived. */
  readonly problems: readonly string[]
}

/** Compares what the log says with what there is. */
export function judge(evidence: Evidence): Findings {
  const { applied, counts, unsettled, strangers } = evidence
  const told = new Map(unsettled.map(({ number, status }) => [number, status]))
  const spoken = evidence.isWhole ? applied.length : counts.read
  const lost = placesOf(applied, (times, number) => times === 0 && number <= spoken && !told.has(number))
  const untold = placesOf(applied, (times, number) => times > 0 && number > counts.read && !told.has(number))
  const wronged = placesOf(applied, (times, number) => times > 0 && told.get(number) === 'rejected')
  const doubled = applied.reduce((sum, times) => sum + Math.max(0, times - 1), 0)
  const problems = [
    ...some(lost, 'lost'),
    ...(doubled > 0 ? [`${doubled} doubled`] : []),
    ...some(untold, 'applied, but not in the log'),
    ...some(wronged, 'said to be rejected, but in the target'),
    ...(strangers > 0 ? [`${strangers} changes nobody asked for`] : []),
    ...problemsOfCounts(evidence),
  ]
  return { lost: lost.length, doubled, unknown: counts.unknown, problems }
}

function placesOf(applied: readonly number[], is: (times: number, number: number) => boolean): readonly number[] {
  return applied.flatMap((times, index) => (is(times, index + 1) ? [index + 1] : []))
}

function some(places: readonly number[], what: string): readonly string[] {
  if (places.length === 0) return []
  return [`${places.length} ${what} (${places.slice(0, 5).join(', ')}${places.length > 5 ? ' …' : ''})`]
}

function problemsOfCounts({ counts, unsettled, applied, isWhole, mayBeUnknown }: Evidence): readonly string[] {
  const { read, filtered, written, unchanged, rejected, unknown } = counts
  const kept = (wanted: string) => unsettled.filter(({ status }) => status === wanted).length
  const rules: readonly (readonly [boolean, string])[] = [
    [
      read === filtered + written + unchanged + rejected + unknown,
      `the counts do not add up: ${JSON.stringify(counts)}`,
    ],
    [!isWhole || read === applied.length, `${read} read of ${applied.length}`],
    [kept('rejected') === rejected, `${rejected} rejected, but ${kept('rejected')} of them kept`],
    [kept('unknown') === unknown, `${unknown} unknown, but ${kept('unknown')} of them kept`],
    [unknown <= mayBeUnknown, `${unknown} unknown, but at most ${mayBeUnknown} were on their way`],
  ]
  return rules.flatMap(([holds, problem]) => (holds ? [] : [problem]))
}
