import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
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

/** The agent log. */
export function logRoutes(app: FastifyInstance, control: AgentControl, heartbeatMs: number): void {
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
      return reply.type('text/event-stream; charset=utf-8').send(Readable.from(eventsOf(log, heartbeatMs)))
    },
  )
}

async function* linesOf(log: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of log) yield `${line}\n`
}

/** One event for each line; a comment at once and whenever there was nothing to tell for so long. */
async function* eventsOf(log: AsyncIterable<string>, heartbeatMs: number): AsyncGenerator<string> {
  const lines = log[Symbol.asyncIterator]()
  try {
    yield ': agent log\n\n'
    let coming = lines.next()
    for (;;) {
      const beat = new AbortController()
      const silence = sleep(heartbeatMs, undefined, { signal: beat.signal }).catch(() => undefined)
      const step = await Promise.race([coming, silence])
      beat.abort()
      if (step?.done === true) return
      yield step === undefined ? ': still here\n\n' : `data: ${step.value}\n\n`
      if (step !== undefined) coming = lines.next()
    }
  } finally {
    await lines.return?.()
  }
}
