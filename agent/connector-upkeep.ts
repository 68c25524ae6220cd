import { join } from 'node:path'
import type { Config } from './config/schema.ts'
import { installRules, openLoader, rulesOf } from './connectors.ts'
import { errorCode, toError } from './errors.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { Project } from './project/project.ts'
import { type ConnectorAudit, openConnectorAudit } from './registry/audit.ts'
import type { ConnectorLoader } from './registry/loader.ts'
import { type ConnectorOverview, overviewOf } from './registry/overview.ts'
import { cleanQuarantine } from './registry/quarantine.ts'
import { openRegistry, type Registry } from './registry/registry.ts'
import { type ConnectorsState, openConnectorsState } from './registry/state.ts'
import { createSupply, type ReleaseSupply } from './registry/supply.ts'
import { createUpdater, type Updater } from './registry/updater.ts'

/** What keeps the connectors of an agent up to date. */
export interface ConnectorUpkeep {
  readonly registry: Registry
  readonly loader: ConnectorLoader
  readonly state: ConnectorsState
  readonly audit: ConnectorAudit
  readonly updater: Updater
  readonly supply: ReleaseSupply
  /** What the status tells, as it was a moment ago. */
  overview(): readonly ConnectorOverview[]
  /** Looks again, after a change. Never rejects. */
  refresh(): Promise<void>
  /** Ends checks that go on; what they have not finished leaves nothing behind. */
  close(): void
}

const refreshMs = 10_000

/** Opens the upkeep of connectors of an agent. Throws CONFIG_INVALID. */
export async function openConnectorUpkeep(parts: {
  readonly config: Config
  readonly project: Project
  readonly logger: AgentLogger
  readonly inUse: () => ReadonlySet<string>
}): Promise<ConnectorUpkeep> {
  const { config, project, logger, inUse } = parts
  const { directory, channel, checkIntervalMinutes, keepReleases, maintenanceWindow } = config.connectors
  const stop = new AbortController()
  const registry = openRegistry(config)
  const state = openConnectorsState(directory)
  const loader = openLoader(config)
  const audit = openConnectorAudit(join(config.logs.directory, 'connectors-audit.ndjson'), config.agent.name)
  const shared = { state, audit, loader, logger }
  const updater = createUpdater({
    ...shared,
    registry,
    channel,
    maintenanceWindow,
    install: { ...installRules(config), signal: stop.signal },
    isOff: config.policy.disableAutoConnectorUpdate,
  })
  const supply = createSupply({
    ...shared,
    updater,
    agent: config.agent.name,
    directory,
    keepReleases,
    checkIntervalMs: checkIntervalMinutes * 60_000,
    rulesOf: memory => rulesOf(memory, config),
    inUse,
    rangesOf: name => rangesOf(name, project),
  })
  let overview: readonly ConnectorOverview[] = []
  async function refresh(): Promise<void> {
    try {
      const memories = await state.all()
      overview = overviewOf(await loader.installed(), memories, config.agent.name)
    } catch (thrown) {
      overview = overview.map(each => ({ ...each, problem: toError(thrown).message }))
      logger.debug({ error: toError(thrown).message }, 'connectors not looked at')
    }
  }
  await cleanQuarantine(directory).catch(error =>
    logger.warn({ error: toError(error).message }, 'leftovers of killed installs not removed'),
  )
  await refresh()
  const timer = setInterval(() => void refresh(), refreshMs).unref()
  return {
    ...{ registry, loader, state, audit, updater, supply, refresh },
    overview: () => overview,
    close() {
      clearInterval(timer)
      stop.abort()
    },
  }
}

/** Ranges that connections of a project ask for; what cannot be read asks for none. */
async function rangesOf(name: string, project: Project): Promise<readonly string[]> {
  const names = await project.connections()
  const found = await Promise.all(
    names.map(each =>
      project.connection(each).catch(thrown => {
        if (errorCode(thrown) === undefined) throw thrown
        return undefined
      }),
    ),
  )
  return found.flatMap(each => (each?.value.connector === name && each.value.version ? [each.value.version] : []))
}
