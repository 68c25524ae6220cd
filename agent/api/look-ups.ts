import { type Static, Type } from '@sinclair/typebox'

const strict = { additionalProperties: false } as const
/** Who answered: a connection of the project, over a release of its connector. */
const answered = { connection: Type.String(), connector: Type.String(), version: Type.String() }
const jsonSchema = Type.Record(Type.String(), Type.Unknown(), { description: 'A JSON Schema (draft 7).' })

/** A connection of the project. */
export const connectionEntry = Type.Object(
  {
    name: Type.String(),
    connector: Type.Optional(Type.String()),
    hasObjects: Type.Boolean({ description: 'Whether its activities ask for an object by name.' }),
    problem: Type.Optional(Type.String({ description: 'Why it cannot be opened.' })),
  },
  strict,
)
export type ConnectionEntry = Static<typeof connectionEntry>

/** The objects of a connection. */
export const objectList = Type.Object(
  {
    ...answered,
    objects: Type.Array(
      Type.Object({
        name: Type.String({ description: 'What options call it.' }),
        label: Type.String({ description: 'What people call it.' }),
        parent: Type.Optional(Type.String({ description: 'The object above it, for a sub-object.' })),
        activities: Type.Array(Type.String()),
        deprecated: Type.Optional(Type.Boolean({ description: 'The vendor will take it away.' })),
      }),
    ),
  },
  strict,
)
export type ObjectList = Static<typeof objectList>

/** The schemas of an object for one activity. */
export const objectSchemas = Type.Object(
  {
    ...answered,
    activity: Type.String(),
    object: Type.String(),
    subObject: Type.Optional(Type.String()),
    request: Type.Optional(jsonSchema),
    response: Type.Optional(jsonSchema),
    options: jsonSchema,
  },
  strict,
)
export type ObjectSchemas = Static<typeof objectSchemas>

/** The first records of a source. */
export const recordSample = Type.Object(
  { ...answered, activity: Type.String(), records: Type.Array(Type.Record(Type.String(), Type.Unknown())) },
  strict,
)
export type RecordSample = Static<typeof recordSample>

/** What to read of a source. */
export const sampleRequest = Type.Object(
  {
    activity: Type.Optional(Type.String({ description: 'Default: the only source of the connector.' })),
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'As the activity asks for.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most records; default 10.' })),
  },
  strict,
)
export type SampleRequest = Static<typeof sampleRequest>
