import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'
import { formatOf, sendLines } from './export.ts'
import { problemAnswers } from './problem.ts'
import {
  type RejectedQuery,
  type ReplayRequest,
  rejectedList,
  rejectedQuery,
  replayAnswer,
  replayRequest,
} from './rejected.ts'
import { csvLines, ndjsonLines, type ReadPage } from './rejected-export.ts'
import { submittedFrom } from './submitted-from.ts'

const byId = Type.Object({ id: Type.String({ description: 'Id of the run.' }) })

/** Edited records come in the body; more have to come in parts. */
const maxReplayBytes = 64 * 1_048_576

const usualLimit = 200
const maxLimit = 1_000

/** Records that a run did not write: look at them, run them again. */
export function rejectedRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get<{ Params: Static<typeof byId>; Querystring: RejectedQuery }>(
    '/v1/runs/:id/rejected',
    {
      schema: {
        summary: 'Records of a run that were rejected or are in doubt, by number',
        description: 'With `Accept: application/x-ndjson` or `text/csv`, or `format`, all of them are streamed.',
        params: byId,
        querystring: rejectedQuery,
        response: { 200: rejectedList, ...problemAnswers },
      },
    },
    async ({ params: { id }, query, headers }, reply) => {
      const { after, limit, code, status } = query
      const filter = { ...(code === undefined ? {} : { code }), ...(status === undefined ? {} : { status }) }
      const read: ReadPage = (from, most) => control.rejected(id, from, most, filter)
      const from = limit === undefined ? { after } : { after, limit }
      switch (query.format ?? formatOf(headers.accept)) {
        case 'ndjson':
          control.run(id)
          return sendLines(reply, 'application/x-ndjson; charset=utf-8', ndjsonLines(read, from))
        case 'csv':
          return sendLines(reply, 'text/csv; charset=utf-8', csvLines(read, from, control.rejectedFields(id, filter)))
        default: {
          const wanted = Math.min(limit ?? usualLimit, maxLimit)
          const records = read(after, wanted)
          const last = records.at(-1)
          return records.length < wanted || last === undefined ? { records } : { records, next: last.number }
        }
      }
    },
  )

  app.post<{ Params: Static<typeof byId>; Body: ReplayRequest | null }>(
    '/v1/runs/:id/replay',
    {
      bodyLimit: maxReplayBytes,
      schema: {
        summary: 'Run rejected records of a run again, in a new run',
        description: 'A `runId` of your own makes it safe to send the request twice.',
        params: byId,
        body: Type.Union([replayRequest, Type.Null()]),
        response: { 202: replayAnswer, ...problemAnswers },
      },
    },
    async (request, reply) => {
      const answer = await control.replay(request.params.id, request.body ?? {}, submittedFrom(request))
      return reply.code(202).header('location', `/v1/runs/${answer.run.runId}`).send(answer)
    },
  )
}
