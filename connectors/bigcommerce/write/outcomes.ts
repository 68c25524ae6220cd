import type { WriteJournal, WriteOutcome } from '../../sdk/connector.ts'

/** What became of the records of a batch, by place; the journal hears of each as soon as it is known. */
export interface Outcomes {
  set(place: number, outcome: WriteOutcome): void
  get(place: number): WriteOutcome | undefined
  /** Ids of records that are written. */
  ids(): ReadonlySet<string>
  /** Something was applied, or may have been. */
  readonly isTouched: boolean
}

/** No outcomes yet. */
export function createOutcomes(journal: Pick<WriteJournal, 'settled'>): Outcomes {
  const outcomes = new Map<number, WriteOutcome>()
  return {
    set(place, outcome) {
      outcomes.set(place, outcome)
      journal.settled(place, outcome)
    },
    get: place => outcomes.get(place),
    ids: () =>
      new Set([...outcomes.values()].flatMap(each => ('id' in each && each.id !== undefined ? [each.id] : []))),
    get isTouched() {
      return [...outcomes.values()].some(({ status }) => status === 'written' || status === 'unknown')
    },
  }
}
