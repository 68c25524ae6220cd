import { type Static, Type } from '@sinclair/typebox'
import { runStatuses, runSummary } from './status.ts'

/** How many related runs are named; of all of them the number is told. */
export const shownRelated = 20

const status = Type.Union(runStatuses.map(status => Type.Literal(status)))

const runGroup = Type.Object(
  {
    count: Type.Integer({ description: 'How many this agent knows of.' }),
    byStatus: Type.Record(Type.String(), Type.Integer(), { description: 'How many are of each status.' }),
    runs: Type.Array(
      Type.Object({ runId: Type.String(), operation: Type.String(), status }, { additionalProperties: false }),
      { description: `The newest, ${shownRelated} at most; \`GET /v1/runs?parent=\` lists all children.` },
    ),
  },
  { additionalProperties: false },
)
export type RunGroup = Static<typeof runGroup>

const relatedRuns = Type.Object({
  children: Type.Optional(runGroup),
  replays: Type.Optional(runGroup),
})
/** Runs that name a run: as their parent, or as the one whose rejected records they run again. */
export type RelatedRuns = Static<typeof relatedRuns>

/** One run, and the runs that belong to it. */
export const runDetail = Type.Object(
  { ...runSummary.properties, ...relatedRuns.properties },
  { additionalProperties: false },
)
export type RunDetail = Static<typeof runDetail>
