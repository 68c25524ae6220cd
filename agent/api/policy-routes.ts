import type { FastifyInstance } from 'fastify'
import { type PolicySetting, policyAnswer, policySetting } from '../policy.ts'
import type { AgentControl } from './control.ts'
import { problemAnswers } from './problem.ts'

/** What the agent may do by itself. */
export function policyRoutes(app: FastifyInstance, control: AgentControl): void {
  const response = { 200: policyAnswer, ...problemAnswers }

  app.get('/v1/policy', { schema: { summary: 'What the agent may do by itself', response } }, async () =>
    control.policy(),
  )

  app.put<{ Body: PolicySetting }>(
    '/v1/policy',
    {
      schema: {
        summary: 'Forbid the agent something, or allow again what was forbidden here',
        description: 'Holds at once and over a restart; what the configuration forbids stays forbidden.',
        body: policySetting,
        response,
      },
    },
    async ({ body }) => control.setPolicy(body),
  )
}
