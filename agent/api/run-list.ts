import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AgentError } from '../errors.ts'
import { parseMoment } from '../logs/line-filter.ts'
import type { ListQuery } from '../logs/run-query.ts'
import { type RunSummary, runStatuses, runSummary } from '../run/status.ts'
import type { AgentControl } from './control.ts'
import { csvLine, formatOf, sendLines } from './export.ts'

const moment = 'an ISO time, or how long ago: 90s, 30m, 2h, 3d'
const maxPage = 200
const usualPage = 50

/** The query of `GET /v1/runs`. */
export const runQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: `How many. JSON: ${usualPage} unless given, ${maxPage} at most; else all.`,
      }),
    ),
    sort: Type.Optional(
      Type.Union([Type.Literal('newest'), Type.Literal('oldest')], { description: 'Default: newest.' }),
    ),
    cursor: Type.Optional(
      Type.Integer({ description: 'Only runs behind this one in that order; `next` of the last answer.' }),
    ),
    before: Type.Optional(Type.Integer({ description: 'Only runs older than this cursor.' })),
    operation: Type.Optional(Type.String()),
    status: Type.Optional(Type.Union(runStatuses.map(status => Type.Literal(status)))),
    agent: Type.Optional(Type.String({ description: 'Only runs this agent ran last, or took.' })),
    parent: Type.Optional(Type.String({ description: 'Only children of this run.' })),
    from: Type.Optional(Type.String({ minLength: 1, description: `Submitted then or later: ${moment}.` })),
    to: Type.Optional(Type.String({ minLength: 1, description: `Submitted before: ${moment}.` })),
    text: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Words that begin words of one message of the operation log, or of its code.',
      }),
    ),
    format: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('ndjson'), Type.Literal('csv')], {
        description: 'Default: what `Accept` asks for, else json. The others are streamed, all that fit.',
      }),
    ),
    after: Type.Optional(
      Type.String({
        description: 'Instead of the list: changes after this; `oldest`, `newest`, or `next` of the last answer.',
      }),
    ),
    wait: Type.Optional(
      Type.String({ description: 'How long to wait for a change when there is none: 0s (default) to 60s.' }),
    ),
  },
  { additionalProperties: false },
)
export type RunQuery = Static<typeof runQuery>

/** One page of runs. */
export const runList = Type.Object({
  runs: Type.Array(runSummary),
  next: Type.Optional(Type.Integer({ description: 'What `cursor` takes for the next page; absent on the last.' })),
  incomplete: Type.Optional(
    Type.Literal(true, {
      description: 'The time for one page was over before it was full. Go on with `next`: there may be more.',
    }),
  ),
})

/** How many a page may hold. Throws REQUEST_INVALID. */
export function pageLimit({ limit = usualPage }: RunQuery): number {
  if (limit <= maxPage) return limit
  throw new AgentError('REQUEST_INVALID', `query limit: a page has ${maxPage} at most, not ${limit}`)
}

/** Answers with a page of the list of runs, or with all that fit in another format. */
export function answerList(
  control: AgentControl,
  { query, headers }: FastifyRequest<{ Querystring: RunQuery }>,
  reply: FastifyReply,
): FastifyReply {
  const filter = filterOf(query)
  switch (query.format ?? formatOf(headers.accept)) {
    case 'ndjson':
      return sendLines(reply, 'application/x-ndjson; charset=utf-8', ndjsonLines(allRuns(control, filter, query.limit)))
    case 'csv':
      return sendLines(reply, 'text/csv; charset=utf-8', csvLines(allRuns(control, filter, query.limit)))
    default: {
      const limit = pageLimit(query)
      return reply.serializer(JSON.stringify).send(control.runs({ ...filter, limit }))
    }
  }
}

type RunFilter = Omit<ListQuery, 'limit'>

function filterOf({ from, to, limit: _, format: __, after: ___, wait: ____, ...filter }: RunQuery): RunFilter {
  const now = Date.now()
  return {
    ...filter,
    ...(from === undefined ? {} : { from: parseMoment('query from', from, now) }),
    ...(to === undefined ? {} : { to: parseMoment('query to', to, now) }),
  }
}

/** Read page by page while it is sent: other requests get their turn, and the number of runs does not matter. */
function* allRuns(control: AgentControl, filter: RunFilter, most = Number.POSITIVE_INFINITY): Generator<RunSummary> {
  let left = most
  for (let from = filter; left > 0; ) {
    const limit = Math.min(left, maxPage)
    const page = control.runs({ ...from, limit, withMessages: true })
    yield* page.runs
    left -= page.runs.length
    if (page.next === undefined) return
    from = { ...from, cursor: page.next }
  }
}

function* ndjsonLines(runs: Iterable<RunSummary>): Generator<string> {
  for (const run of runs) yield `${JSON.stringify(run)}\n`
}

const columns: { readonly [title: string]: (run: RunSummary) => unknown } = {
  run: run => run.runId,
  operation: run => run.operation,
  status: run => run.status,
  agent: run => run.agent,
  'requested by': run => run.requestedBy,
  'replay of': run => run.replayOf,
  parent: run => run.parent?.runId,
  'parent operation': run => run.parent?.operation,
  submitted: run => run.submittedAt,
  started: run => run.startedAt,
  ended: run => run.endedAt,
  'duration ms': run => run.durationMs,
  attempt: run => run.attempt,
  read: run => run.counts.read,
  filtered: run => run.counts.filtered,
  written: run => run.counts.written,
  unchanged: run => run.counts.unchanged,
  rejected: run => run.counts.rejected,
  unknown: run => run.counts.unknown,
  total: run => run.total,
  source: run => run.source,
  target: run => run.target,
  'error code': run => run.error?.code,
  error: run => run.error?.message,
  messages: run => run.messageCount,
  'last message': run => run.lastMessage,
}

function* csvLines(runs: Iterable<RunSummary>): Generator<string> {
  yield csvLine(Object.keys(columns))
  for (const run of runs) yield csvLine(Object.values(columns).map(column => column(run)))
}
