import { Readable } from 'node:stream'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'
import { problemAnswers } from './problem.ts'

const logQuery = Type.Object(
  {
    lines: Type.Integer({ minimum: 0, maximum: 1_000, default: 200, description: 'How many of the last lines.' }),
    follow: Type.Boolean({ default: false, description: 'Go on with each new line, as server-sent events.' }),
  },
  { additionalProperties: false },
)

/** How often a follower hears from us when there is nothing to tell, so that proxies do not hang up. */
const heartbeatMs = 15_000

/** The agent log. */
export function logRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get<{ Querystring: Static<typeof logQuery> }>(
    '/v1/logs/agent',
    {
      schema: {
        summary: 'The agent log: JSON lines, or server-sent events when followed',
        querystring: logQuery,
        response: problemAnswers,
      },
    },
    async (request, reply) => {
      const { lines, follow } = request.query
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const log = control.agentLog({ lines, follow }, gone.signal)
      if (!follow) return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(linesOf(log)))
      return reply.type('text/event-stream; charset=utf-8').send(eventStream(log, gone))
    },
  )
}

async function* linesOf(log: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of log) yield `${line}\n`
}

function eventStream(log: AsyncIterable<string>, gone: AbortController): Readable {
  const stream = Readable.from(eventsOf(log), { objectMode: false, highWaterMark: 65_536 })
  const heartbeat = setInterval(() => stream.push(': still here\n\n'), heartbeatMs)
  stream.push(': agent log\n\n')
  stream.once('close', () => {
    clearInterval(heartbeat)
    gone.abort()
  })
  return stream
}

async function* eventsOf(log: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of log) yield `data: ${line}\n\n`
}
