import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { runChanges } from '../run/changes.ts'
import { operationJob } from '../run/operation.ts'
import { runDetail } from '../run/related.ts'
import { runMessage, runSummary } from '../run/status.ts'
import { traceContextIn } from '../run/trace-context.ts'
import { asksForChanges, type ChangesRoute, createChangeAnswers } from './change-routes.ts'
import type { AgentControl, SubmitRequest } from './control.ts'
import { problemAnswers } from './problem.ts'
import { answerList, runList, runQuery } from './run-list.ts'
import { submittedFrom } from './submitted-from.ts'

const submitRequest = Type.Omit(operationJob, ['operation', 'replayOf', 'submittedFrom'], {
  additionalProperties: false,
})
const byName = Type.Object({ name: Type.String({ description: 'Name of an operation of the project.' }) })
const byId = Type.Object({ id: Type.String({ description: 'Id of the run.' }) })

const logQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0, description: 'Only messages with a greater `seq`.' }),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 200 }),
  },
  { additionalProperties: false },
)
const messageList = Type.Object({
  messages: Type.Array(runMessage),
  next: Type.Integer({ description: 'What `after` takes to get what comes later.' }),
})

/** Runs: submit, list, follow the changes of, look into, cancel. */
export function runRoutes(app: FastifyInstance, control: AgentControl, heartbeatMs: number): void {
  const answerChanges = createChangeAnswers(app, control, heartbeatMs)

  app.post<{ Params: Static<typeof byName>; Body: SubmitRequest | null }>(
    '/v1/operations/:name/runs',
    {
      schema: {
        summary: 'Submit a run of an operation',
        description:
          'A `runId` of your own makes it safe to send the request twice. The header `traceparent` goes into the job.',
        params: byName,
        body: Type.Union([submitRequest, Type.Null()]),
        response: { 202: runSummary, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const trace = traceContextIn(request.headers)
      const wanted = { ...trace, ...request.body }
      const run = await control.submit(request.params.name, wanted, submittedFrom(request))
      return reply.code(202).header('location', `/v1/runs/${run.runId}`).send(run)
    },
  )

  app.get<ChangesRoute>(
    '/v1/runs',
    {
      schema: {
        summary: 'Runs, newest first; with `after` every change of every run, in order',
        description:
          'With `Accept: application/x-ndjson` or `text/csv`, or `format`, all runs that fit are streamed. ' +
          'With `Accept: text/event-stream` changes come as server-sent events, from `Last-Event-ID` on.',
        querystring: runQuery,
        response: { 200: Type.Union([runList, runChanges]), ...problemAnswers },
      },
    },
    async (request, reply) => {
      return asksForChanges(request) ? answerChanges(request, reply) : answerList(control, request, reply)
    },
  )

  app.get<{ Params: Static<typeof byId> }>(
    '/v1/runs/:id',
    { schema: { summary: 'One run', params: byId, response: { 200: runDetail, ...problemAnswers } } },
    async ({ params }) => control.run(params.id),
  )

  app.get<{ Params: Static<typeof byId>; Querystring: Static<typeof logQuery> }>(
    '/v1/runs/:id/log',
    {
      schema: {
        summary: 'The messages of a run, oldest first',
        params: byId,
        querystring: logQuery,
        response: { 200: messageList, ...problemAnswers },
      },
    },
    async ({ params, query }) => {
      const messages = [...control.messages(params.id, query.after, query.limit)]
      return { messages, next: messages.at(-1)?.seq ?? query.after }
    },
  )

  app.post<{ Params: Static<typeof byId> }>(
    '/v1/runs/:id/cancel',
    { schema: { summary: 'Ask a run to stop', params: byId, response: { 202: runSummary, ...problemAnswers } } },
    async (request, reply) => reply.code(202).send(await control.cancel(request.params.id)),
  )
}
