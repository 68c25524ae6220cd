import { type Static, Type } from '@sinclair/typebox'
import { levelSources } from '../logs/levels.ts'
import { loggerLevels } from '../logs/logger-levels.ts'

const strict = { additionalProperties: false } as const
const level = Type.Union(loggerLevels.map(each => Type.Literal(each)))

const entry = {
  name: Type.String(),
  level,
  from: Type.String({ description: 'The logger the level comes from: itself, or the nearest parent that has one.' }),
  source: Type.Union(
    levelSources.map(each => Type.Literal(each)),
    { description: 'Who said it: `logs.level`, `logback.xml`, somebody for the group, somebody for this agent.' },
  ),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'When it falls back by itself.' })),
}

/** What a change is answered with. */
export const loggerAnswer = Type.Object(
  { ...entry, affects: Type.Array(Type.String(), { description: 'Known loggers of this name or below it.' }) },
  strict,
)
export type LoggerAnswer = Static<typeof loggerAnswer>

export const loggerReset = Type.Object({ ...loggerAnswer.properties, wasSet: Type.Boolean() }, strict)
export type LoggerReset = Static<typeof loggerReset>

/** All loggers, and the file their levels may stand in. */
export const loggerList = Type.Object(
  {
    loggers: Type.Array(Type.Object(entry, strict)),
    file: Type.Object({
      path: Type.String(),
      problem: Type.Optional(Type.String({ description: 'Why its last good levels hold; with line and column.' })),
    }),
  },
  strict,
)
export type LoggerList = Static<typeof loggerList>

/** A level for a time. */
export const loggerSetting = Type.Object(
  {
    level,
    for: Type.Optional(Type.String({ description: 'How long: 90s, 30m, 2h, 3d; default 1h, at most 30d.' })),
    group: Type.Optional(
      Type.Boolean({ description: 'On all agents of the group, within two seconds; default: this agent alone.' }),
    ),
  },
  strict,
)
export type LoggerSetting = Static<typeof loggerSetting>
