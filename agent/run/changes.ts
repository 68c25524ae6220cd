import { type Static, Type } from '@sinclair/typebox'
import { runSummary } from './status.ts'

/** One change of one run: the run as it was right after it. */
export const changedRun = Type.Object(
  {
    cursor: Type.String({ description: 'What `after` takes to get what comes after this change.' }),
    at: Type.String({ format: 'date-time', description: 'When the change was written.' }),
    run: runSummary,
  },
  { additionalProperties: false },
)
export type ChangedRun = Static<typeof changedRun>

/** A page of changes, oldest first. A gap is a page of its own, without changes. */
export const runChanges = Type.Object({
  changes: Type.Array(changedRun),
  next: Type.String({ description: 'What `after` takes for the next page; also when this one is empty.' }),
  more: Type.Boolean({ description: 'There are changes after this page already.' }),
  gap: Type.Optional(
    Type.Literal(true, {
      description: 'Changes after the cursor are gone. Look through the list of runs, then go on from `oldest`.',
    }),
  ),
  oldest: Type.Optional(Type.String({ description: 'With `gap`: the cursor before the oldest change there is.' })),
})
export type RunChanges = Static<typeof runChanges>

/** What a place in the changes looks like from outside: `oldest`, `newest`, or a cursor that was given before. */
export const changeCursorPattern = '^(oldest|newest|[0-9a-f]{12}-(0|[1-9]\\d{0,14}))$'

/** Which page of changes to read. */
export interface ChangeQuery {
  readonly after: string
  readonly limit: number
  /** How long to wait for a change when there is none, in ms. */
  readonly waitMs: number
}
