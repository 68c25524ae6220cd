import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { type AgentControl, agentStatus } from './control.ts'
import { problemAnswers } from './problem.ts'

/** State, metrics, drain and resume. */
export function statusRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get(
    '/v1/status',
    { schema: { summary: 'The state of the agent', response: { 200: agentStatus, ...problemAnswers } } },
    async () => control.status(),
  )

  app.get(
    '/metrics',
    { schema: { summary: 'Metrics in the text format of Prometheus', response: { 200: Type.String() } } },
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await control.metrics()),
  )

  for (const action of ['drain', 'resume'] as const) {
    const summary = action === 'drain' ? 'Take no new jobs; what runs goes on' : 'Take jobs again'
    app.post(`/v1/${action}`, { schema: { summary, response: { 200: agentStatus, ...problemAnswers } } }, async () => {
      await control[action]()
      return control.status()
    })
  }
}
