import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Config } from './config/schema.ts'
import { installRules, openLoader, rulesOf } from './connectors.ts'
import { errorCode, toError } from './errors.ts'
import type { AgentLogger } from './logs/loggers.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { AgentPolicy } from './policy.ts'
import type { Project } from './project/project.ts'
import { type ConnectorAudit, openConnectorAudit } from './registry/audit.ts'
import { createCanary } from './registry/canary.ts'
import type { ConnectorLoader } from './registry/loader.ts'
import { type ConnectorOverview, overviewOf } from './registry/overview.ts'
import { cleanQuarantine } from './registry/quarantine.ts'
import { openRegistry, type Registry } from './registry/registry.ts'
import type { SelectionRules } from './registry/selection.ts'
import { type ConnectorMemory, type ConnectorsState, openConnectorsState } from './registry/state.ts'
import { createSupply, type ReleaseSupply } from './registry/supply.ts'
import { createUpdater, type Updater } from './registry/updater.ts'
import { createReleaseWatch, type ReleaseWatch } from './registry/watch.ts'

/** What keeps the connectors of an agent up to date. */
export interface ConnectorUpkeep {
  readonly registry: Registry
  readonly loader: ConnectorLoader
  readonly state: ConnectorsState
  readonly audit: ConnectorAudit
  readonly updater: Updater
  readonly supply: ReleaseSupply
  readonly watch: ReleaseWatch
  /** What is remembered of a connector as rules to choose by. */
  rulesOf(memory: ConnectorMemory): SelectionRules
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
  readonly policy: Pick<AgentPolicy, 'current'>
  readonly project: Project
  readonly logger: AgentLogger
  readonly inUse: () => ReadonlySet<string>
  readonly redis: Redis
  readonly logs: Pick<OperationLogs, 'find' | 'list'>
  readonly onRolledBack: (connector: string) => void
}): Promise<ConnectorUpkeep> {
  const { config, project, logger, inUse, logs } = parts
  const { directory, channel, checkIntervalMinutes, graceMinutes, keepReleases, maintenanceWindow } = config.connectors
  const stop = new AbortController()
  const registry = openRegistry(config)
  const state = openConnectorsState(directory)
  const loader = openLoader(config)
  const audit = openConnectorAudit(join(config.logs.directory, 'connectors-audit.ndjson'), config.agent.name)
  const graceMs = graceMinutes * 60_000
  const { name: agent, group } = config.agent
  const canary = createCanary({ redis: parts.redis, prefix: config.redis.prefix, group, agent, graceMs })
  const shared = { state, audit, loader, logger, waitFor: canary.reasonToWait }
  const updater = createUpdater({
    ...shared,
    registry,
    channel,
    maintenanceWindow,
    install: { ...installRules(config), signal: stop.signal },
    get isOff() {
      return parts.policy.current().disableAutoConnectorUpdate
    },
  })
  const supply = createSupply({
    ...shared,
    updater,
    agent,
    directory,
    keepReleases,
    checkIntervalMs: checkIntervalMinutes * 60_000,
    rulesOf: memory => rulesOf(memory, config),
    inUse,
    rangesOf: name => rangesOf(name, project),
    onRolledBack(name, version, reason) {
      parts.onRolledBack(name)
      void canary.warnOthers(name, version, reason)
      void refresh()
    },
  })
  const watch = createReleaseWatch({
    ...{ agent, graceMs, state, logger },
    find: logs.find,
    recent: limit => logs.list({ limit }),
    connectorsOf: operation => connectorsOf(operation, project),
    goBack: supply.goBack,
  })
  let overview: readonly ConnectorOverview[] = []
  async function refresh(): Promise<void> {
    try {
      const memories = await state.all()
      overview = overviewOf(await loader.installed(), memories, agent)
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
    ...{ registry, loader, state, audit, updater, supply, watch, refresh },
    rulesOf: memory => rulesOf(memory, config),
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

/** Names of the connectors of an operation of the project; none when it cannot be read. */
async function connectorsOf(operation: string, project: Project): Promise<readonly string[]> {
  try {
    const { source, target } = (await project.operation(operation)).value
    const connections = [source, target].map(async ({ connection }) =>
      typeof connection === 'string' ? (await project.connection(connection)).value : connection,
    )
    return [...new Set((await Promise.all(connections)).map(({ connector }) => connector))]
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return []
  }
}
