import semver from 'semver'
import type { AgentControl, InstalledRelease } from './api/control.ts'
import type { ConnectorUpkeep } from './connector-upkeep.ts'
import { AgentError, toError } from './errors.ts'
import type { ConnectorChange } from './registry/audit.ts'
import type { Release } from './registry/installed.ts'
import { chooseReleases } from './registry/selection.ts'
import type { ConnectorMemory } from './registry/state.ts'

type ConnectorControl = Pick<
  AgentControl,
  'connectors' | 'connector' | 'updateConnector' | 'pinConnector' | 'unpinConnector' | 'rollBackConnector'
>

/** What the API can ask and change of connectors. */
export function createConnectorControl(upkeep: ConnectorUpkeep, agent: string): ConnectorControl {
  const { loader, state, supply, updater } = upkeep

  async function connectors(): Promise<readonly InstalledRelease[]> {
    const [installed, memories] = await Promise.all([loader.installed(), state.all()])
    return Promise.all(installed.map(release => describe(release, memories[release.name])))
  }

  async function describe(release: Release, memory: ConnectorMemory | undefined): Promise<InstalledRelease> {
    const active = memory?.active[agent]?.version
    const failure = memory?.quarantined.find(({ version }) => version === release.version)
    const facts = {
      ...release,
      active: release.version === active,
      ...(failure === undefined ? {} : { quarantined: failure.reason }),
    }
    try {
      const { signature } = await loader.verify(release)
      return { ...facts, verified: true, ...(signature.tag === 'trusted' ? { signedBy: signature.keyId } : {}) }
    } catch (thrown) {
      return { ...facts, verified: false, problem: toError(thrown).message }
    }
  }

  async function connector(name: string) {
    await upkeep.refresh()
    const overview = upkeep.overview().find(each => each.name === name)
    if (overview === undefined) throw await unknown(name)
    return { ...overview, releases: (await connectors()).filter(release => release.name === name) }
  }

  async function unknown(name: string): Promise<AgentError> {
    const names = [...new Set((await loader.installed()).map(release => release.name))].join(', ') || 'none'
    return new AgentError('CONNECTOR_NOT_FOUND', `connector ${name} is not installed (installed: ${names})`)
  }

  /** Changes what is remembered, writes that down, and puts it to use. */
  async function change(
    name: string,
    entry: Omit<ConnectorChange, 'connector' | 'by'>,
    edit: (memory: ConnectorMemory) => ConnectorMemory,
  ) {
    await state.change(name, edit)
    await upkeep.audit.write({ ...entry, connector: name, by: 'operator' })
    await supply.activate(name, 'operator')
    return connector(name)
  }

  return {
    connectors,
    connector,
    async updateConnector(name, { version, force = false }) {
      const outcome = await updater.check(name, { version, isForced: force, by: 'operator' })
      if (outcome.tag === 'none') {
        const problem = `has no release of connector ${name} that fits the channel or the pin`
        throw new AgentError('CONNECTOR_NOT_FOUND', `${upkeep.registry.describe()} ${problem}`)
      }
      await supply.activate(name, 'operator')
      return { ...(await connector(name)), outcome: { ...outcome } }
    },
    async pinConnector(name, range) {
      if (semver.validRange(range) === null) {
        throw new AgentError('REQUEST_INVALID', `range: ${JSON.stringify(range)} is no version or range of versions`)
      }
      const remembered = await state.of(name)
      const installed = await loader.installed(name)
      if (!installed.some(release => semver.satisfies(release.version, range))) {
        await updater.check(name, { range, by: 'operator' })
        if (!(await isInstalled(name, range))) {
          const there = installed.map(release => release.version).join(', ') || 'none'
          const problem = `${name} ${range} is neither installed (installed: ${there}) nor in the registry`
          throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${problem}`)
        }
      }
      // A pin that leaves nothing to use would stop every run.
      const rules = upkeep.rulesOf({ ...remembered, pin: range })
      chooseReleases({ installed: await loader.installed(), name, rules })
      const before = remembered.pin === undefined ? {} : { from: remembered.pin }
      return change(name, { action: 'pinned', version: range, ...before }, memory => ({ ...memory, pin: range }))
    },
    async unpinConnector(name) {
      const { pin } = await state.of(name)
      if (pin === undefined) return connector(name)
      return change(name, { action: 'unpinned', from: pin }, ({ pin: _, ...memory }) => memory)
    },
    async rollBackConnector(name, { version }) {
      const memory = await state.of(name)
      if (memory.pin !== undefined) {
        throw new AgentError('REQUEST_INVALID', `connector ${name} is pinned to ${memory.pin}; unpin it first`)
      }
      const installed = await loader.installed(name)
      const current = await supply.activate(name, 'operator')
      const target = await targetOf(version, { installed, current, memory })
      const at = new Date().toISOString()
      const newer = installed.filter(release => semver.gt(release.version, target.version))
      const failures = newer.map(release => ({ version: release.version, reason: 'rolled back by the operator', at }))
      return change(name, { action: 'rolled-back', version: target.version, from: current.version }, before => ({
        ...before,
        quarantined: [
          ...before.quarantined.filter(each => each.version !== target.version && !isIn(failures, each.version)),
          ...failures,
        ],
      }))
    },
  }

  async function isInstalled(name: string, range: string): Promise<boolean> {
    return (await loader.installed(name)).some(release => semver.satisfies(release.version, range))
  }

  /** The release to go back to: the wanted one, else the newest below the current that is whole and trusted. */
  async function targetOf(
    version: string | undefined,
    known: { readonly installed: readonly Release[]; readonly current: Release; readonly memory: ConnectorMemory },
  ): Promise<Release> {
    const { installed, current, memory } = known
    const older = installed.filter(release => semver.lt(release.version, current.version))
    const wanted = older.filter(release =>
      version === undefined ? !isIn(memory.quarantined, release.version) : release.version === version,
    )
    for (const release of wanted) {
      const isGood = await loader.verify(release).then(
        () => true,
        () => false,
      )
      if (isGood) return release
    }
    const there = older.map(release => release.version).join(', ') || 'none'
    const what = version === undefined ? 'no release' : `no release ${version}`
    const problem = `${what} to go back to from ${current.version} (older and installed: ${there})`
    throw new AgentError('CONNECTOR_NOT_FOUND', `connector ${current.name}: ${problem}`)
  }
}

function isIn(list: readonly { readonly version: string }[], version: string): boolean {
  return list.some(each => each.version === version)
}
