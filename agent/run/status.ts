import { type Static, Type } from '@sinclair/typebox'

/** The statuses of a run, in the field's own words. The last five are final: nothing changes them any more. */
export const runStatuses = [
  'submitted',
  'received',
  'pending',
  'running',
  'cancel-requested',
  'canceled',
  'success',
  'success-with-info',
  'success-with-warning',
  'success-with-child-error',
  'error',
] as const
export type RunStatus = (typeof runStatuses)[number]

const finalStatuses: ReadonlySet<RunStatus> = new Set([
  'canceled',
  'success',
  'success-with-info',
  'success-with-warning',
  'success-with-child-error',
  'error',
])

/** Whether a run of this status has ended. */
export function hasEnded(status: RunStatus): boolean {
  return finalStatuses.has(status)
}

/** What became of the records of a run: `read` is the sum of all the others once the run has ended. */
const runCounts = Type.Object(
  {
    read: Type.Integer({ description: 'Records the source yielded.' }),
    filtered: Type.Integer({ description: 'Records the transformation left out.' }),
    written: Type.Integer({ description: 'Records the target took.' }),
    unchanged: Type.Integer({ description: 'Records the target already had in this form.' }),
    rejected: Type.Integer({ description: 'Records refused, each kept with its cause.' }),
    unknown: Type.Integer({ description: 'Records of which nobody can say whether they were applied.' }),
  },
  { additionalProperties: false },
)
export type RunCounts = { -readonly [name in keyof Static<typeof runCounts>]: number }

/** Counts of a run that has read nothing yet. */
export function noCounts(): RunCounts {
  return { read: 0, filtered: 0, written: 0, unchanged: 0, rejected: 0, unknown: 0 }
}

const isoTime = Type.String({ format: 'date-time', description: 'UTC, ISO 8601.' })

/** One run as the operation log knows it; what the API, the CLI and the console show. */
export const runSummary = Type.Object(
  {
    runId: Type.String(),
    cursor: Type.Integer({ description: 'Position of the run in the list; later runs have a greater one.' }),
    operation: Type.String(),
    status: Type.Union(runStatuses.map(status => Type.Literal(status))),
    agent: Type.String({ description: 'The agent that ran it last, or took it from the API.' }),
    requestedBy: Type.Optional(Type.String()),
    replayOf: Type.Optional(Type.String({ description: 'The run whose rejected records it runs again.' })),
    parent: Type.Optional(
      Type.Object(
        { runId: Type.String(), operation: Type.Optional(Type.String()) },
        { description: 'The run this one is a part or a consequence of.' },
      ),
    ),
    submittedAt: isoTime,
    startedAt: Type.Optional(isoTime),
    endedAt: Type.Optional(isoTime),
    durationMs: Type.Optional(Type.Integer({ description: 'From start to end, or until now while it runs.' })),
    attempt: Type.Integer({
      description: 'How often a runner has taken the run; more than 1 after a crash or a stop.',
    }),
    counts: runCounts,
    total: Type.Optional(Type.Integer({ description: 'How many records the source expects to yield, when it knows.' })),
    source: Type.Optional(Type.String({ description: 'Connector and release that read: `bigcommerce 0.1.0`.' })),
    target: Type.Optional(Type.String({ description: 'Connector and release that wrote.' })),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    messageCount: Type.Optional(Type.Integer({ description: 'Lines of its operation log; in exports only.' })),
    lastMessage: Type.Optional(Type.String({ description: 'The last of them; in exports only.' })),
  },
  { additionalProperties: false },
)
export type RunSummary = Static<typeof runSummary>

/** One line of an operation log. */
export const runMessage = Type.Object(
  {
    seq: Type.Integer({ description: 'Rises by one with each message of the agent; what `after` takes.' }),
    at: isoTime,
    level: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('error')]),
    message: Type.String(),
    code: Type.Optional(Type.String({ description: 'An error code, when the message tells of a failure.' })),
  },
  { additionalProperties: false },
)
export type RunMessage = Static<typeof runMessage>
