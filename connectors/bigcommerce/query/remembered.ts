import type { DataRecord, JsonValue, ReadContext, Watermark } from '../../sdk/connector.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'

/** What the last run delivered in the time that is read again, so that it does not come twice. */
export interface Remembered {
  /** Where the last run stood; undefined before the first, and for another object. */
  until(): string | undefined
  /** The records that the last run did not deliver as they are; those in the window are remembered for the next one. */
  pick(records: readonly DataRecord[], window: Window): readonly DataRecord[]
  propose(until: string): void
}

/** The time the next run will read again. */
export interface Window {
  readonly from: string
  readonly until: string
}

/** More records than these are not remembered: the next run delivers the others again. */
const mostRemembered = 5_000
/** The store tells times in seconds: what changed so shortly before the end may change again within the same second. */
const unsettledMs = 2_000
const stateKey = 'delivered'

/** Ids with their times of change, as the store writes them. */
type Versions = { readonly [id: string]: string }

/** What is remembered for an object. What this run delivers is kept in its state, which a resumed run finds again. */
export function createRemembered({
  object,
  kept,
  context,
}: {
  readonly object: ObjectFacts
  readonly kept: Watermark | undefined
  readonly context: ReadContext
}): Remembered {
  const name = fullName(object)
  const details = (kept?.details ?? {}) as { readonly object?: string; readonly delivered?: Versions } // made below
  const isOurs = kept !== undefined && (details.object ?? name) === name
  const before = new Map(Object.entries((isOurs ? details.delivered : undefined) ?? {}))
  const delivered = new Map(Object.entries((context.state.get(stateKey) ?? {}) as Versions)) // likewise

  return {
    until: () => (isOurs ? kept.until : undefined),
    pick(records, { from, until }) {
      const [first, last] = [Date.parse(from), Date.parse(until) - unsettledMs]
      const sizeBefore = delivered.size
      const picked = records.filter(record => {
        const id = String(record[object.key ?? 'id'])
        const version = record['date_modified']
        if (typeof version !== 'string') return true
        const time = Date.parse(version)
        if (time >= first && time <= last && delivered.size < mostRemembered) delivered.set(id, version)
        return before.get(id) !== version
      })
      if (delivered.size > sizeBefore) context.state.set(stateKey, Object.fromEntries(delivered))
      return picked
    },
    propose(until) {
      const next: JsonValue = { object: name, delivered: Object.fromEntries(delivered) }
      context.watermark?.propose({ until, details: next })
    },
  }
}
