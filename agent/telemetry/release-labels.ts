import type { ConnectorOverview } from '../registry/overview.ts'
import type { LabelsOf } from './definitions.ts'

/** The labels of each release of the connectors: installed, or put away because it failed. */
export function releaseLabels(
  connectors: readonly ConnectorOverview[],
): readonly LabelsOf<'agent_connector_release_info'>[] {
  return connectors.flatMap(connector => {
    const refused = connector.quarantined.map(({ version }) => version)
    const versions = [...new Set([...connector.installed, ...refused])]
    return versions.map(version => ({ connector: connector.name, version, state: stateOf(version, connector) }))
  })
}

function stateOf(version: string, { pin, active, quarantined }: ConnectorOverview): string {
  if (quarantined.some(each => each.version === version)) return 'quarantined'
  if (pin === version) return 'pinned'
  return active === version ? 'active' : 'installed'
}
