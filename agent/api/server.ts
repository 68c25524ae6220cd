import swagger from '@fastify/swagger'
import { Type } from '@sinclair/typebox'
import fastify, { type FastifyInstance } from 'fastify'
import type { AgentLogger } from '../logs/loggers.ts'
import { checkHost, createTokenCheck } from './access.ts'
import { connectionRoutes } from './connection-routes.ts'
import { connectorRoutes } from './connector-routes.ts'
import type { AgentControl } from './control.ts'
import { debugRoutes } from './debug-routes.ts'
import { healthRoutes } from './health-routes.ts'
import { logRoutes } from './log-routes.ts'
import { loggerRoutes } from './logger-routes.ts'
import { lookUpRoutes } from './look-up-routes.ts'
import { pacingRoutes } from './pacing-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { answerError, answerUnknownRoute } from './problem.ts'
import { rejectedRoutes } from './rejected-routes.ts'
import { runRoutes } from './run-routes.ts'
import { stateRoutes } from './state-routes.ts'
import { statusRoutes } from './status-routes.ts'
import { compileRequestSchema } from './validation.ts'

/** What the API is made of. */
export interface ApiParts {
  readonly control: AgentControl
  readonly token: string
  readonly version: string
  readonly logger: AgentLogger
  /** How often one who follows a log or the changes of runs hears from us when there is nothing to tell, so that no proxy hangs up; 15 s. */
  readonly heartbeatMs?: number
}

const maxBodyBytes = 1_048_576

/** The HTTP API, not listening yet. Everything but health and its own description asks for the bearer token. */
export function createApi({ control, token, version, logger, heartbeatMs = 15_000 }: ApiParts): FastifyInstance {
  const app = fastify({
    bodyLimit: maxBodyBytes,
    // A poller that hangs must not hold up a stop.
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void answerError(error, request, { reply, logger }),
  })
  const paths = new Set<string>()
  app.addHook('onRoute', ({ url }) => void paths.add(url))
  app.setValidatorCompiler(compileRequestSchema)
  app.setErrorHandler((error, request, reply) => answerError(error, request, { reply, logger }))
  app.setNotFoundHandler((request, reply) => answerUnknownRoute(request, reply, paths))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    checkHost(request)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const path = url.split('?')[0]
    logger.debug({ method, path, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) }, 'api answered')
  })
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Commerce agent', version, description: 'State, runs and connections of one agent.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  })
  void app.register(async open => {
    healthRoutes(open, control)
    open.get('/openapi.json', { schema: { hide: true, response: { 200: Type.Any() } } }, () => app.swagger())
  })
  void app.register(async guarded => {
    guarded.addHook('onRequest', createTokenCheck(token))
    guarded.addHook('onRoute', route => {
      route.schema = { security: [{ token: [] }], ...route.schema }
    })
    statusRoutes(guarded, control)
    runRoutes(guarded, control, heartbeatMs)
    rejectedRoutes(guarded, control)
    connectionRoutes(guarded, control)
    connectorRoutes(guarded, control)
    lookUpRoutes(guarded, control)
    stateRoutes(guarded, control)
    logRoutes(guarded, control, heartbeatMs)
    pacingRoutes(guarded, control)
    loggerRoutes(guarded, control)
    debugRoutes(guarded, control)
    policyRoutes(guarded, control)
  })
  return app
}
