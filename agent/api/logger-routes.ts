import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'
import { loggerAnswer, loggerList, loggerReset, loggerSetting } from './loggers.ts'
import { problemAnswers } from './problem.ts'

const byName = Type.Object({ name: Type.String({ description: 'Name of a logger; `ROOT` for the parent of all.' }) })
const where = Type.Object(
  { group: Type.Boolean({ default: false, description: 'What was set for the group, not for this agent.' }) },
  { additionalProperties: false },
)

/** Levels of loggers. */
export function loggerRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get(
    '/v1/loggers',
    { schema: { summary: 'Levels of all loggers', response: { 200: loggerList, ...problemAnswers } } },
    async () => control.loggers(),
  )

  app.put<{ Params: Static<typeof byName>; Body: Static<typeof loggerSetting> }>(
    '/v1/loggers/:name',
    {
      schema: {
        summary: 'Set the level of a logger and those below it for a time',
        description: 'Holds at once, also for runs that are under way, and over a restart of the agent.',
        params: byName,
        body: loggerSetting,
        response: { 200: loggerAnswer, ...problemAnswers },
      },
    },
    async ({ params, body }) => control.setLogger(params.name, body),
  )

  app.delete<{ Params: Static<typeof byName>; Querystring: Static<typeof where> }>(
    '/v1/loggers/:name',
    {
      schema: {
        summary: 'Take back the level that was set for a logger',
        params: byName,
        querystring: where,
        response: { 200: loggerReset, ...problemAnswers },
      },
    },
    async ({ params, query }) => control.resetLogger(params.name, query.group),
  )
}
