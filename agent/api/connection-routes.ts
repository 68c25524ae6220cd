import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { type AgentControl, connectionTest } from './control.ts'
import { problemAnswers } from './problem.ts'

const byName = Type.Object({ name: Type.String({ description: 'Name of a connection of the project.' }) })

/** Tests of connections. */
export function connectionRoutes(app: FastifyInstance, control: AgentControl): void {
  app.post<{ Params: Static<typeof byName> }>(
    '/v1/connections/:name/test',
    {
      schema: {
        summary: 'Test a connection',
        description: 'Answers 200 for a test that was made; `ok` tells whether the connection works.',
        params: byName,
        response: { 200: connectionTest, ...problemAnswers },
      },
    },
    async ({ params }) => control.testConnection(params.name),
  )
}
