import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { createLineFilter, lineLevels } from '../logs/line-filter.ts'
import { cursorPattern, type LoggedLine } from '../logs/log-reader.ts'
import type { AgentControl } from './control.ts'
import { problemAnswers } from './problem.ts'

const moment = 'an ISO time, or how long ago: 90s, 30m, 2h, 3d'
const logQuery = Type.Object(
  {
    lines: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        description: 'How many of the last lines that fit; default 200, or all when `since` or `until` is given.',
      }),
    ),
    follow: Type.Boolean({ default: false, description: 'Go on with each new line, as server-sent events.' }),
    level: Type.Optional(
      Type.Union(
        lineLevels.map(level => Type.Literal(level)),
        { description: 'This level and above.' },
      ),
    ),
    since: Type.Optional(Type.String({ minLength: 1, description: `Not older than this: ${moment}.` })),
    until: Type.Optional(Type.String({ minLength: 1, description: `Not newer than this: ${moment}.` })),
    run: Type.Optional(Type.String({ minLength: 1, description: 'Only lines of this run.' })),
    connector: Type.Optional(
      Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'only lines of the connector of this name' }),
    ),
    metrics: Type.Optional(Type.Boolean({ description: 'The metric log instead of all others.' })),
    grep: Type.Optional(Type.String({ minLength: 1, description: 'Only lines that hold this text.' })),
    after: Type.Optional(
      Type.String({
        pattern: cursorPattern,
        description:
          'the id of the last event that was read, to go on after it; the header Last-Event-ID says the same',
      }),
    ),
  },
  { additionalProperties: false },
)

const defaultLines = 200

/** The agent log. */
export function logRoutes(app: FastifyInstance, control: AgentControl, heartbeatMs: number): void {
  app.get<{ Querystring: Static<typeof logQuery>; Headers: { readonly 'last-event-id'?: string } }>(
    '/v1/logs/agent',
    {
      schema: {
        summary: 'The agent log and the connector logs: JSON lines, or server-sent events when followed',
        querystring: logQuery,
        response: problemAnswers,
      },
    },
    async (request, reply) => {
      const { follow, ...given } = request.query
      const after = given.after ?? validCursor(request.headers['last-event-id'])
      const isBounded = given.lines !== undefined || given.since !== undefined || given.until !== undefined
      const query = {
        ...given,
        follow,
        ...(isBounded ? {} : { lines: defaultLines }),
        ...(after === undefined ? {} : { after }),
      }
      // Refused here, while the answer has not begun.
      createLineFilter(query)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const log = control.agentLog(query, gone.signal)
      if (!follow) return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(linesOf(log)))
      return reply.type('text/event-stream; charset=utf-8').send(Readable.from(eventsOf(log, heartbeatMs)))
    },
  )
}

/** A header that is no cursor of ours comes from somewhere else; it is no reason to refuse. */
function validCursor(header: string | undefined): string | undefined {
  return header !== undefined && new RegExp(cursorPattern).test(header) ? header : undefined
}

async function* linesOf(log: AsyncIterable<LoggedLine>): AsyncGenerator<string> {
  for await (const { text } of log) yield `${text}\n`
}

/** One event for each line; a comment at once and whenever there was nothing to tell for so long. */
async function* eventsOf(log: AsyncIterable<LoggedLine>, heartbeatMs: number): AsyncGenerator<string> {
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
      yield step === undefined ? ': still here\n\n' : `id: ${step.value.cursor}\ndata: ${step.value.text}\n\n`
      if (step !== undefined) coming = lines.next()
    }
  } finally {
    await lines.return?.()
  }
}
