import { Readable } from 'node:stream'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { debugSteps } from '../logs/debug-files.ts'
import type { DebugTarget } from '../logs/debug-switches.ts'
import { runIdPattern } from '../run-id.ts'
import type { AgentControl } from './control.ts'
import { debugAnswer, debugList, debugReset, debugRun, debugSetting } from './debug.ts'
import { problemAnswers } from './problem.ts'

const strict = { additionalProperties: false } as const
const runId = Type.String({ pattern: runIdPattern, description: 'id of a run' })
const byName = Type.Object({ name: Type.String({ maxLength: 100, description: 'Name of an operation.' }) })
const byId = Type.Object({ id: runId })
const ofStep = Type.Object({ id: runId, step: Type.Union(debugSteps.map(step => Type.Literal(step))) })
const where = Type.Object(
  { group: Type.Boolean({ default: false, description: 'What was set for the group, not for this agent.' }) },
  strict,
)
const listQuery = Type.Object(
  { limit: Type.Integer({ minimum: 0, maximum: 1_000, default: 100, description: 'How many runs at most.' }) },
  strict,
)
const linesQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0, description: 'So many lines are left out.' }),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'How many lines at most; default: all.' })),
  },
  strict,
)

/** Debug logging: what is switched on, and what was written. */
export function debugRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get<{ Querystring: Static<typeof listQuery> }>(
    '/v1/debug',
    {
      schema: {
        summary: 'What debug logging is switched on for, and the runs that have debug data',
        querystring: listQuery,
        response: { 200: debugList, ...problemAnswers },
      },
    },
    async ({ query }) => control.debug(query.limit),
  )
  switchRoutes(app, control, {
    path: '/v1/debug/operations/:name',
    what: 'the runs of an operation',
    params: byName,
    targetOf: name => ({ tag: 'operation', name }),
  })
  switchRoutes(app, control, {
    path: '/v1/debug/runs/:name',
    what: 'one run, under way or not submitted yet',
    params: Type.Object({ name: runId }),
    targetOf: name => ({ tag: 'run', runId: name }),
  })
  switchRoutes(app, control, {
    path: '/v1/debug/agent',
    what: 'every run',
    params: Type.Object({}),
    targetOf: () => ({ tag: 'agent' }),
  })
  dataRoutes(app, control)
}

/** Switching on and off for one kind of target. */
function switchRoutes(
  app: FastifyInstance,
  control: AgentControl,
  { path, what, params, targetOf }: SwitchRoute,
): void {
  app.put<{ Params: { readonly name?: string }; Body: Static<typeof debugSetting> }>(
    path,
    {
      schema: {
        summary: `Switch debug logging on for ${what}`,
        description: 'Holds at once, also for runs that are under way, and over a restart of the agent.',
        params,
        body: debugSetting,
        response: { 200: debugAnswer, ...problemAnswers },
      },
    },
    async request => control.setDebug(targetOf(request.params.name ?? ''), request.body),
  )
  app.delete<{ Params: { readonly name?: string }; Querystring: Static<typeof where> }>(
    path,
    {
      schema: {
        summary: `Switch debug logging off for ${what}`,
        params,
        querystring: where,
        response: { 200: debugReset, ...problemAnswers },
      },
    },
    async request => control.resetDebug(targetOf(request.params.name ?? ''), request.query.group),
  )
}

interface SwitchRoute {
  readonly path: string
  readonly what: string
  readonly params: object
  /** Gets the name in the path, empty where there is none. */
  readonly targetOf: (name: string) => DebugTarget
}

/** What was written of a run. */
function dataRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get<{ Params: Static<typeof byId> }>(
    '/v1/runs/:id/debug',
    {
      schema: {
        summary: 'Which debug data there is of a run',
        params: byId,
        response: { 200: debugRun, ...problemAnswers },
      },
    },
    async ({ params }) => control.debugRun(params.id),
  )
  app.get<{ Params: Static<typeof ofStep>; Querystring: Static<typeof linesQuery> }>(
    '/v1/runs/:id/debug/:step',
    {
      schema: {
        summary: 'The debug data of one step of a run, one JSON line after the other',
        description: 'Decrypted and masked. A line with `note` tells of what is missing.',
        params: ofStep,
        querystring: linesQuery,
        response: problemAnswers,
      },
    },
    async ({ params, query }, reply) => {
      const lines = within(control.debugLines(params.id, params.step), query)
      return reply.type('application/x-ndjson; charset=utf-8').send(await startedStream(lines))
    },
  )
  app.get<{ Params: Static<typeof byId> }>(
    '/v1/runs/:id/debug.tar.gz',
    {
      schema: {
        summary: 'All debug data of a run as an archive',
        description: 'Decrypted and masked.',
        params: byId,
        response: problemAnswers,
      },
    },
    async ({ params }, reply) => {
      const name = `attachment; filename="debug-${params.id}.tar.gz"`
      const stream = await startedStream(control.debugArchive(params.id))
      return reply.type('application/gzip').header('content-disposition', name).send(stream)
    },
  )
}

async function* within(
  lines: AsyncIterable<string>,
  { after, limit = Number.POSITIVE_INFINITY }: Static<typeof linesQuery>,
): AsyncGenerator<string, void> {
  let count = 0
  for await (const line of lines) {
    count += 1
    if (count > after) yield `${line}\n`
    if (count >= after + limit) return
  }
}

/** A stream whose first piece is there: what goes wrong before that becomes a proper answer. */
async function startedStream<T>(pieces: AsyncIterable<T>): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]()
  const first = await iterator.next()
  async function* all() {
    if (first.done === true) return
    yield first.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return Readable.from(all(), { objectMode: true })
}
