import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { AgentError } from '../errors.ts'

/** A hook that lets only requests with the bearer token through; both are compared by hash, in constant time. */
export function createTokenCheck(token: string): (request: FastifyRequest) => Promise<void> {
  const expected = digest(token)
  return async ({ headers }) => {
    const [, given = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
    // An empty token would fit a request without one.
    if (token !== '' && timingSafeEqual(digest(given), expected)) return
    const problem =
      headers.authorization === undefined ? 'the request has no Authorization header' : 'the token is not right'
    throw new AgentError('UNAUTHORIZED', problem)
  }
}

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * A page in a browser on this machine can make a foreign name point to loopback (DNS rebinding); its requests name that
 * host. Over other addresses the operator chose to be reached by names we cannot know.
 */
export function checkHost({ headers, socket }: FastifyRequest): void {
  const isLoopback = socket.localAddress === undefined || /^(::1|(::ffff:)?127\.)/.test(socket.localAddress)
  if (isLoopback && !loopbackHost.test(headers.host ?? 'localhost')) {
    throw new AgentError(
      'REQUEST_INVALID',
      `host: this address answers only to localhost, not to ${JSON.stringify(headers.host)}`,
    )
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
