import { Agent } from 'node:http'
import { connect } from 'node:net'

/**
 * An HTTP agent for clients that know no other address than https://api.bigcommerce.com: whatever host they ask for, it
 * connects to the store on this machine, without TLS. Both npm clients take an agent in their settings, so their code
 * runs as it is, and they are spared the work of TLS as the others are.
 */
export function createLoopbackAgent(url: string, maxSockets = Number.POSITIVE_INFINITY): Agent {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo' })
  return Object.assign(agent, {
    protocol: 'https:', // what node:https compares with the address
    createConnection: () => connect({ host: hostname, port: Number(port), noDelay: true }),
  })
}
