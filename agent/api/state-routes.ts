import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { type AgentControl, operationState } from './control.ts'
import { problemAnswers } from './problem.ts'

const byName = Type.Object({ operation: Type.String({ description: 'Name of an operation of the project.' }) })
const newState = Type.Object(
  { until: Type.String({ description: 'A time with its offset, like 2026-11-25T08:30:00Z; not in the future.' }) },
  { additionalProperties: false },
)
const states = Type.Object({ states: Type.Array(operationState) })
const reset = Type.Object({ reset: Type.Integer({ description: 'How many were forgotten.' }) })

/** What operations remember from one run to the next: up to when their sources were read. */
export function stateRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get(
    '/v1/state',
    { schema: { summary: 'Watermarks of all operations', response: { 200: states, ...problemAnswers } } },
    async () => ({ states: [...(await control.states())] }),
  )

  app.get<{ Params: Static<typeof byName> }>(
    '/v1/state/:operation',
    {
      schema: { summary: 'Watermarks of an operation', params: byName, response: { 200: states, ...problemAnswers } },
    },
    async ({ params }) => ({ states: [...(await control.states(params.operation))] }),
  )

  app.put<{ Params: Static<typeof byName>; Body: Static<typeof newState> }>(
    '/v1/state/:operation',
    {
      schema: {
        summary: 'Set the watermark of an operation',
        description:
          'The next run reads what has changed since. A run that is under way moves it again when it succeeds.',
        params: byName,
        body: newState,
        response: { 200: operationState, ...problemAnswers },
      },
    },
    async ({ params, body }) => control.setState(params.operation, body.until),
  )

  app.delete<{ Params: Static<typeof byName> }>(
    '/v1/state/:operation',
    {
      schema: {
        summary: 'Forget the watermarks of an operation',
        description: 'The next run reads as if it were the first.',
        params: byName,
        response: { 200: reset, ...problemAnswers },
      },
    },
    async ({ params }) => ({ reset: await control.resetState(params.operation) }),
  )
}
