import { type Static, Type } from '@sinclair/typebox'
import { debugSteps } from '../logs/debug-files.ts'
import { settingScopes } from '../logs/timed-settings.ts'

const strict = { additionalProperties: false } as const
const time = Type.String({ format: 'date-time' })

/** A switch of debug logging that holds. */
const debugSwitch = Type.Object(
  {
    target: Type.Union([Type.Literal('operation'), Type.Literal('run'), Type.Literal('agent')]),
    name: Type.Optional(Type.String({ description: 'Of the operation, or the id of the run.' })),
    children: Type.Boolean({ description: 'Runs count too whose parent is a run of the operation.' }),
    scope: Type.Union(
      settingScopes.map(scope => Type.Literal(scope)),
      { description: 'Set for all agents of the group, or for this one.' },
    ),
    until: Type.String({ format: 'date-time', description: 'When it falls back by itself.' }),
  },
  strict,
)
export type DebugSwitchEntry = Static<typeof debugSwitch>

/** How to switch debug logging on. */
export const debugSetting = Type.Object(
  {
    for: Type.Optional(
      Type.String({ description: 'How long: 90s, 30m, 2h, 3d; default 1h, at most 14d. Or give `until`.' }),
    ),
    until: Type.Optional(
      Type.String({ description: 'Until when: ISO 8601 with an offset, at most 14 days ahead.', format: 'date-time' }),
    ),
    children: Type.Optional(Type.Boolean({ description: 'Of an operation: its children too; default: without.' })),
    group: Type.Optional(
      Type.Boolean({ description: 'On all agents of the group, within two seconds; default: this agent alone.' }),
    ),
  },
  strict,
)
export type DebugSetting = Static<typeof debugSetting>

/** What switching on is answered with. */
export const debugAnswer = Type.Object(
  {
    ...debugSwitch.properties,
    known: Type.Boolean({ description: 'Whether the project of this agent has the operation, or its log the run.' }),
  },
  strict,
)
export type DebugAnswer = Static<typeof debugAnswer>

/** What switching off is answered with. */
export const debugReset = Type.Object(
  {
    wasOn: Type.Boolean({ description: 'Whether there was such a switch.' }),
    switches: Type.Array(debugSwitch, { description: 'Those that still hold.' }),
  },
  strict,
)
export type DebugReset = Static<typeof debugReset>

/** What there is of a run. */
export const debugRun = Type.Object(
  {
    runId: Type.String(),
    operation: Type.Optional(Type.String()),
    firstAt: time,
    lastAt: time,
    sizeBytes: Type.Integer(),
    encrypted: Type.Boolean(),
    steps: Type.Array(
      Type.Object(
        {
          step: Type.Union(debugSteps.map(step => Type.Literal(step))),
          sizeBytes: Type.Integer(),
          deletedSegments: Type.Integer({
            description: 'How many of its files were deleted, the oldest first, because a size was reached.',
          }),
        },
        strict,
      ),
    ),
  },
  strict,
)
export type DebugRun = Static<typeof debugRun>

/** The switches that hold, and the runs that have debug data. */
export const debugList = Type.Object(
  {
    switches: Type.Array(debugSwitch),
    encrypt: Type.Boolean({ description: 'Whether debug data is encrypted from now on.' }),
    runs: Type.Array(debugRun, { description: 'The newest first.' }),
    more: Type.Integer({ description: 'How many runs beside them have debug data.' }),
  },
  strict,
)
export type DebugList = Static<typeof debugList>
