import { type Static, Type } from '@sinclair/typebox'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ConnectorErrorCode, connectorErrors } from '../../connectors/sdk/errors.ts'
import { agentErrors, errorCode, toError } from '../errors.ts'
import type { AgentLogger } from '../logs/loggers.ts'
import { nearest } from '../schema.ts'

/** An error as the API answers it: `application/problem+json`, RFC 9457, with the code of the error table. */
const problem = Type.Object(
  {
    type: Type.String({ description: '`urn:commerce-agent:error:` and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened, to what.' }),
    code: Type.String(),
    cure: Type.String({ description: 'What to do.' }),
    instance: Type.String(),
  },
  { title: 'problem' },
)
export type Problem = Static<typeof problem>

/** What the one who asks can mend. All else that a connector throws is the vendor's doing, or the connector's. */
const askersFaults: ReadonlySet<ConnectorErrorCode> = new Set([
  'SETTINGS_INVALID',
  'OPTIONS_INVALID',
  'OBJECT_UNKNOWN',
  'NOT_FOUND',
  'FILE_NOT_FOUND',
  'FILE_INVALID',
  'FILE_DENIED',
])

/** The rows of both tables of errors. */
const rows: {
  readonly [code: string]: { readonly meaning: string; readonly cure: string; readonly httpStatus: number }
} = {
  ...Object.fromEntries(
    Object.entries(connectorErrors).map(([code, row]) => {
      const httpStatus = askersFaults.has(code as ConnectorErrorCode) ? 422 : 502 // one of its keys
      return [code, { ...row, httpStatus }]
    }),
  ),
  ...agentErrors,
}

/** The answers that any guarded route may give instead of its own. */
export const problemAnswers = { '4xx': problem, '5xx': problem } as const

/** Answers what was thrown: coded errors as they are, refused requests with their place, all else as INTERNAL. */
export function answerError(
  thrown: unknown,
  request: FastifyRequest,
  { reply, logger }: { readonly reply: FastifyReply; readonly logger: AgentLogger },
): FastifyReply {
  const error = toError(thrown) as FastifyError // its own fields are looked at with care
  const code = errorCode(error)
  if (code !== undefined && Object.hasOwn(rows, code)) return answer(request, reply, { code, detail: error.message })
  // What the HTTP framework refuses: a body too large, not JSON, a path that cannot be decoded.
  const status = error.statusCode ?? 500
  if (status < 500) {
    return answer(request, reply, { code: refusals[status] ?? 'REQUEST_INVALID', detail: error.message })
  }
  logger.error({ err: error, url: request.url.split('?')[0] }, 'api request failed')
  return answer(request, reply, { code: 'INTERNAL', detail: 'the agent failed to answer; its log tells more' })
}

/** Codes of refusals of the HTTP framework, by their status; all others are REQUEST_INVALID. */
const refusals: { readonly [status: number]: string } = { 413: 'REQUEST_TOO_LARGE', 415: 'MEDIA_TYPE_UNSUPPORTED' }

/** Answers a request for a route that is not there; `paths` are those that are. */
export function answerUnknownRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  paths: ReadonlySet<string>,
): FastifyReply {
  const path = request.url.split('?')[0] ?? '/'
  const guess = paths.has(path) ? '' : nearest(path, [...paths])
  const detail = `there is no ${request.method} ${path}${guess}`
  return answer(request, reply, { code: 'ROUTE_NOT_FOUND', detail })
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { code, detail }: { readonly code: string; readonly detail: string },
): FastifyReply {
  const { meaning, httpStatus, cure } = rows[code] ?? agentErrors.INTERNAL
  const body: Problem = {
    type: `urn:commerce-agent:error:${code}`,
    title: meaning,
    status: httpStatus,
    detail,
    code,
    cure,
    instance: request.url.split('?')[0] ?? '/',
  }
  if (httpStatus === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(httpStatus).type('application/problem+json').serializer(JSON.stringify).send(body)
}
