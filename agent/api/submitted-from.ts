import type { FastifyRequest } from 'fastify'
import type { SubmittedFrom } from '../run/operation.ts'

/** What commands of ours call themselves. */
export const cliUserAgent = 'commerce-agent-cli'

/** Where a submission comes from. */
export function submittedFrom({ ip, headers }: FastifyRequest): SubmittedFrom {
  const { 'user-agent': userAgent } = headers
  const via = userAgent?.startsWith(cliUserAgent) === true ? 'cli' : 'api'
  return { via, address: ip.slice(0, 100), ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 200) }) }
}
