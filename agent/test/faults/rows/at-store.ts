import type { HttpEvent } from '../http-tap.ts'
import type { Row } from '../row.ts'
import type { Stage } from '../stage.ts'
import type { Trap } from '../traps.ts'

/** What happens to what was held back. */
type Fate = ReturnType<Trap<HttpEvent>['act']>

/** A row whose fault happens while one request to the store, or the answer to it, is held back. */
export function rowAtStore(
  at: HttpEvent['at'],
  head: Omit<Row, 'arm'>,
  act: (stage: Stage) => Fate,
  nth: (stage: Stage) => number = inFirstHalf,
): Row {
  return {
    ...head,
    arm: stage => stage.atStore(at, { nth: nth(stage), act: () => act(stage) }),
  }
}

/** Any request of the first half but the first. */
export function inFirstHalf({ operation, pick }: Stage): number {
  return pick(2, Math.max(2, Math.floor(operation.requests / 2)))
}

/** Any request but the first and the last few. */
export function anywhere({ operation, pick }: Stage): number {
  return pick(2, Math.max(2, operation.requests - 2))
}
