import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseDuration } from '../duration.ts'
import { AgentError } from '../errors.ts'
import type { RunChanges } from '../run/changes.ts'
import type { AgentControl } from './control.ts'
import { pageLimit, type RunQuery } from './run-list.ts'

/** What `GET /v1/runs` gets. */
export interface ChangesRoute {
  readonly Querystring: RunQuery
  readonly Headers: { readonly 'last-event-id'?: string; readonly accept?: string }
}

type ChangesRequest = FastifyRequest<ChangesRoute>

const maxWaitMs = 60_000
const eventType = 'text/event-stream'
/** How long a closing API waits for its last answers to be sent. */
const lastAnswerMs = 1_000

/** Whether a request asks for changes of runs instead of the list of runs. */
export function asksForChanges({ query, headers }: ChangesRequest): boolean {
  return query.after !== undefined || query.wait !== undefined || headers.accept?.includes(eventType) === true
}

/** Answers requests for changes of runs; when the API closes, those who wait get their answer at once. */
export function createChangeAnswers(app: FastifyInstance, control: AgentControl, heartbeatMs: number) {
  const open = new Map<AbortController, Promise<void>>()
  app.addHook('preClose', async () => {
    for (const ending of open.keys()) ending.abort()
    const tooLate = new Promise(resolve => setTimeout(resolve, lastAnswerMs).unref())
    await Promise.race([Promise.all(open.values()), tooLate])
  })

  /** Aborts when the one who asked has gone, and when the API closes. */
  function endOf({ raw }: FastifyReply): AbortSignal {
    const ending = new AbortController()
    const closed = new Promise<void>(resolve => raw.once('close', resolve))
    open.set(ending, closed)
    void closed.then(() => {
      ending.abort()
      open.delete(ending)
    })
    return ending.signal
  }

  return async (request: ChangesRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { query, headers } = request
    checkQuery(query)
    const limit = pageLimit(query)
    const waitMs = waitOf(query.wait)
    const signal = endOf(reply)
    if (headers.accept?.includes(eventType) !== true) {
      const after = query.after ?? 'oldest'
      const page = await control.runChanges({ after, limit, waitMs }, signal)
      return reply.serializer(JSON.stringify).send(page)
    }
    const after = headers['last-event-id'] ?? query.after ?? 'oldest'
    // A bad cursor is refused here, while the answer has not begun.
    const first = await control.runChanges({ after, limit, waitMs: 0 }, signal)
    const read = (next: string) => control.runChanges({ after: next, limit, waitMs: heartbeatMs }, signal)
    return reply
      .type(`${eventType}; charset=utf-8`)
      .serializer(String)
      .send(Readable.from(eventsOf(first, read, signal)))
  }
}

function checkQuery({ after, wait: _, limit: __, ...others }: RunQuery): void {
  const [other] = Object.keys(others)
  if (other === undefined) return
  const reason = after === undefined ? 'changes are' : '`after` gives changes, which are'
  throw new AgentError('REQUEST_INVALID', `query ${other}: ${reason} those of all runs; only the list takes it`)
}

function waitOf(wait = '0s'): number {
  const waitMs = parseDuration(wait)
  if (waitMs !== undefined && waitMs <= maxWaitMs) return waitMs
  throw new AgentError('REQUEST_INVALID', `query wait: ${JSON.stringify(wait)} is no time from 0s to 60s`)
}

/** One event for each change, one for a gap; a comment at once and whenever there was nothing to tell for a while. */
async function* eventsOf(
  first: RunChanges,
  read: (after: string) => Promise<RunChanges>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield ': changes of runs\n\n'
  let page = first
  for (;;) {
    const { changes, gap, oldest, next } = page
    for (const change of changes) yield event('change', change.cursor, change)
    if (gap === true) yield event('gap', next, { gap, oldest })
    if (signal.aborted) return
    page = await read(next)
    if (page.changes.length === 0 && page.gap !== true) yield ': still here\n\n'
  }
}

function event(name: string, id: string, content: object): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(content)}\n\n`
}
