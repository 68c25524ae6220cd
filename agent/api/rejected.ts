import { type Static, Type } from '@sinclair/typebox'
import { runSummary } from '../run/status.ts'
import { runIdPattern } from '../run-id.ts'

const strict = { additionalProperties: false } as const
const status = Type.Union([Type.Literal('rejected'), Type.Literal('unknown')], {
  description: '`rejected`: it was not written; `unknown`: it may or may not have been.',
})

/** A record that a run did not write, or may not have written, with its cause. */
const rejectedRecord = Type.Object(
  {
    number: Type.Integer({ description: 'Its place in the source, from 1.' }),
    status,
    code: Type.Optional(Type.String()),
    message: Type.String(),
    requestId: Type.Optional(Type.String({ description: 'What the vendor calls the request that decided.' })),
    attempt: Type.Integer({ description: 'The attempt of the run at which it happened.' }),
    isRetryable: Type.Boolean({ description: 'The same record may be taken another time.' }),
    stage: Type.Union([Type.Literal('source'), Type.Literal('target')], {
      description: '`source`: the transformation refused it, it is as it was read; `target`: it is as it was sent.',
    }),
    isMasked: Type.Boolean({ description: 'A secret in it was masked; it cannot be replayed as it is.' }),
    replayedIn: Type.Optional(Type.String({ description: 'The run that ran it again last.' })),
    outcome: Type.Optional(
      Type.Union(
        [
          Type.Literal('rejected'),
          Type.Literal('unknown'),
          Type.Literal('written'),
          Type.Literal('settled'),
          Type.Literal('not-reached'),
        ],
        {
          description:
            'What became of it there, as far as this agent knows; `settled`: written, unchanged or filtered; `not-reached`: that run ended before.',
        },
      ),
    ),
    record: Type.Record(Type.String(), Type.Unknown()),
  },
  strict,
)

const filter = {
  code: Type.Optional(Type.String({ description: 'Only records refused with this code.' })),
}

/** Which rejected records to list. */
export const rejectedQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0, description: 'Only records with a greater number.' }),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, description: 'How many. JSON: 200 unless given, 1000 at most; else all.' }),
    ),
    ...filter,
    status: Type.Optional(status),
    format: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('ndjson'), Type.Literal('csv')], {
        description: 'Default: what `Accept` asks for, else json. The others are streamed, all records.',
      }),
    ),
  },
  strict,
)
export type RejectedQuery = Static<typeof rejectedQuery>

/** One page of rejected records. */
export const rejectedList = Type.Object({
  records: Type.Array(rejectedRecord),
  next: Type.Optional(Type.Integer({ description: 'What `after` takes for the next page; absent on the last.' })),
})
export type RejectedList = Static<typeof rejectedList>

/** Which records to run again. */
export const replayRequest = Type.Object(
  {
    only: Type.Optional(
      Type.String({
        pattern: '^\\d{1,15}(-\\d{1,15})?(,\\d{1,15}(-\\d{1,15})?)*$',
        description: 'numbers and ranges of numbers, like 3,17-20',
      }),
    ),
    ...filter,
    includeUnknown: Type.Optional(
      Type.Boolean({ description: 'Also those of which nobody knows whether they were written; they may double.' }),
    ),
    again: Type.Optional(Type.Boolean({ description: 'Also those that have been replayed already.' })),
    records: Type.Optional(
      Type.Array(
        Type.Object(
          {
            number: Type.Integer({ minimum: 1 }),
            record: Type.Record(Type.String(), Type.Unknown()),
            line: Type.Optional(Type.Integer({ description: 'Where it stands in a file, for messages.' })),
          },
          strict,
        ),
        { minItems: 1, description: 'Only these, in this form instead of the one that is kept.' },
      ),
    ),
    runId: Type.Optional(
      Type.String({
        pattern: runIdPattern,
        description: 'letters, digits, dash and underscore, at most 64; makes it safe to send the request twice',
      }),
    ),
    requestedBy: Type.Optional(Type.String({ maxLength: 200 })),
  },
  strict,
)
export type ReplayRequest = Static<typeof replayRequest>

/** The run that runs records again. */
export const replayAnswer = Type.Object(
  {
    run: runSummary,
    records: Type.Integer({ description: 'How many records it takes up.' }),
    leftOut: Type.Integer({ description: 'How many were left out, as they have been replayed already.' }),
  },
  strict,
)
export type ReplayAnswer = Static<typeof replayAnswer>
