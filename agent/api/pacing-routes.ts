import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'
import { problemAnswers } from './problem.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** One account, as `PacedAccount` tells of it. */
const pacedAccount = Type.Object(
  {
    id: Type.String({ description: 'A hash; the connections tell which account it is.' }),
    connections: Type.Array(Type.String(), { description: 'Connections that used it in the last day.' }),
    window: Type.Optional(
      Type.Object(
        {
          quota: count('Requests allowed per window.'),
          windowMs: count('Length of a window.'),
          left: count('Left in it, as the last answer said.'),
          endsInMs: count('Until it ends.'),
          used: count('Sent in it by all agents that share the Redis.'),
          usedByOthers: count('Sent in it by anybody else, as far as answers have told.'),
        },
        { description: 'The current window; absent until an answer has told of it.' },
      ),
    ),
    inFlight: Type.Array(Type.Object({ endpoint: Type.String(), requests: count('On their way now.') })),
    waiting: count('Requests that wait for their turn.'),
    sent: count('Requests let through since the account was first used.'),
    waitedMs: count('How long they waited for that, all together.'),
    heldMs: count('Nobody sends for so long, because the vendor said so or is busy.'),
    mostInFlight: Type.Optional(count('While the vendor is busy: requests on their way at once.')),
  },
  { additionalProperties: false },
)

/** How requests are paced. */
export function pacingRoutes(app: FastifyInstance, control: AgentControl): void {
  const answer = Type.Object({ accounts: Type.Array(pacedAccount) })
  app.get(
    '/v1/pacing',
    { schema: { summary: 'Quotas of accounts and how they are used', response: { 200: answer, ...problemAnswers } } },
    async () => ({ accounts: await control.pacing() }),
  )
}
