import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'

const live = Type.Object({ live: Type.Boolean() })
const readiness = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) })

/** What supervisors of processes ask, without a token: is it alive, can it take jobs. */
export function healthRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get('/livez', { schema: { summary: 'Whether the agent lives', response: { 200: live } } }, async () => ({
    live: true,
  }))

  app.get(
    '/readyz',
    { schema: { summary: 'Whether the agent takes jobs', response: { 200: readiness, 503: readiness } } },
    async (_request, reply) => {
      const state = control.readiness()
      return reply.code(state.ready ? 200 : 503).send(state)
    },
  )
}
