import { AgentError } from '../errors.ts'
import type { AgentControl, AgentStatus, ConnectorDetail, InstalledRelease } from './control.ts'

/** The only connector of an agent in memory, as its status tells of it. */
export const memoryConnector: AgentStatus['connectors'][number] = {
  name: 'bigcommerce',
  installed: ['0.1.0'],
  active: '0.1.0',
  available: '0.1.0',
  quarantined: [{ version: '0.2.0', reason: 'crashed', at: '2026-11-23T12:00:00.000Z' }],
}

const release: InstalledRelease = {
  name: 'bigcommerce',
  version: '0.1.0',
  hash: '0123456789ab',
  directory: '/releases/bigcommerce',
  verified: true,
  signedBy: 'fedcba9876543210',
  active: true,
}

type ConnectorControl = Pick<
  AgentControl,
  'connectors' | 'connector' | 'updateConnector' | 'pinConnector' | 'unpinConnector' | 'rollBackConnector'
>

/** Connectors of an agent in memory: one release, which can be pinned and cannot be rolled back. */
export function createMemoryConnectors(): ConnectorControl {
  let pin: string | undefined

  function connector(name: string): ConnectorDetail {
    if (name !== release.name) throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${name} is not installed`)
    return { ...memoryConnector, ...(pin === undefined ? {} : { pin }), releases: [release] }
  }

  return {
    connectors: async () => [release],
    connector: async name => connector(name),
    async updateConnector(name, { version = '0.1.0', force = false }) {
      if (version === '0.2.0' && !force) {
        throw new AgentError('CONNECTOR_QUARANTINED', `connector ${name} ${version} is quarantined: crashed`)
      }
      const tag = version === '0.1.0' ? 'current' : 'installed'
      return { ...connector(name), outcome: { tag, version } }
    },
    async pinConnector(name, range) {
      pin = range
      return connector(name)
    },
    async unpinConnector(name) {
      pin = undefined
      return connector(name)
    },
    async rollBackConnector(name) {
      throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${name}: no release to go back to from 0.1.0`)
    },
  }
}
