import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { createControl } from './agent-control.ts'
import { openAgentDebug } from './agent-debug.ts'
import { openAgentLevels } from './agent-levels.ts'
import { type AgentState, createState } from './agent-state.ts'
import { createApi } from './api/server.ts'
import { ensureApiToken } from './api-token.ts'
import type { Config } from './config/schema.ts'
import { secretsOf } from './config/secrets-of.ts'
import { openConnectorUpkeep } from './connector-upkeep.ts'
import { AgentError, toError } from './errors.ts'
import { startHolds } from './holds.ts'
import { lockHome } from './home-lock.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createChangeFeed } from './logs/change-feed.ts'
import { openLogFiles } from './logs/log-files.ts'
import { type AgentLogger, createLoggers, metricsLogger } from './logs/loggers.ts'
import { createOperationLogs, type OperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { openLogStore } from './logs/store.ts'
import { createPacingOverview } from './pacing-overview.ts'
import { openPolicy, policyFileOf } from './policy.ts'
import { openProject } from './project/project.ts'
import { ensureKeyFile } from './project/secrets.ts'
import { openQueue } from './queue.ts'
import { openRedis } from './redis.ts'
import { answeringReleases } from './release-requests.ts'
import { createReleases, type Releases } from './releases.ts'
import { createRescue } from './rescue.ts'
import { createCheckpointStore } from './run/checkpoint.ts'
import { createReplayStore } from './run/replay.ts'
import { createWatermarkStore } from './run/watermark.ts'
import type { RunnerStarter } from './runner-links.ts'
import { createRunners, type Runners } from './runners.ts'
import { openAgentMetrics } from './telemetry/agent-metrics.ts'
import { startMetricLog } from './telemetry/metric-log.ts'

/** A running agent. */
export interface Agent {
  /** Where its API listens. */
  readonly url: string
  /**
   * Takes no new jobs, waits for the runs for the grace time, hands the rest back to the queue at their checkpoints and
   * ends. Resolves with false when a runner had to be killed. Calling it again changes nothing.
   */
  stop(): Promise<boolean>
  /** Cuts the grace time of a stop short. */
  hurry(): void
  /** Writes down why the process is about to end, now: nothing may run after it. */
  lastWords(error: Error | undefined, reason: string): void
}

/** What an agent is made of. */
export interface AgentOptions {
  readonly config: Config
  readonly home: string
  readonly version: string
  readonly startRunner: RunnerStarter
  readonly toStdout: (text: string) => void
}

/** Starts an agent. Throws CONFIG_INVALID, LOG_STORE_FAILED; when Redis is away the agent waits for it. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const releases = createReleases()
  try {
    return await open(options, releases)
  } catch (thrown) {
    await releases.releaseAll(() => undefined)
    throw thrown
  }
}

/** Opens the parts from the bottom up; each is released when a later one fails, and when the agent stops. */
async function open(
  { config: given, home, version, startRunner, toStdout }: AgentOptions,
  releases: Releases,
): Promise<Agent> {
  releases.add('lock', lockHome(given.dataDir))
  const token = ensureApiToken(given.api)
  const config = { ...given, api: { ...given.api, token } }
  if (config.secrets.key === undefined) ensureKeyFile(config.secrets.keyFile)

  const redactor = createRedactor(secretsOf(config), undefined, config.logs.maskFields)
  const logFiles = openLogFiles({ ...config.logs, toStdout })
  releases.add('log files', () => logFiles.close())
  const sink = (line: string) => logFiles.write(redactor.redactJson(line))
  const loggers = createLoggers({ level: config.logs.level, fields: { agent: config.agent.name }, redactor, sink })
  const logger = loggers.get('agent')
  const store = openLogStore(join(config.dataDir, 'agent.db'))
  releases.add('log store', () => store.close())
  const logs = createOperationLogs(store, redactor)
  const changes = createChangeFeed(store)

  const policy = openPolicy(config.policy, { path: policyFileOf(config), logger })
  const state = createState(config, version, policy)
  const address = { redisUrl: config.redis.url, prefix: config.redis.prefix, group: config.agent.group }
  const queue = openQueue(address, state.watchRedis(logger))
  releases.add('queue', () => queue.close())
  const redis = openRedis(config.redis.url, 'request')
  releases.add('redis', () => redis.disconnect())

  const levels = openAgentLevels(config, { redis, loggers, onChange: table => runners.setLevels(table) })
  releases.add('levels', () => levels.close())

  const project = openProject(config.projectDir)
  const upkeep = await openConnectorUpkeep({
    config,
    policy,
    project,
    logger: loggers.get('agent.connectors'),
    redis,
    logs,
    onRolledBack: connector => metrics.countRollback(connector),
    inUse: () => new Set(runners.running().flatMap(runId => releasesOf(runId, logs))),
  })
  releases.add('connectors', () => upkeep.close())
  const pacing = createPacingOverview(redis, config.redis.prefix)

  const metrics = openAgentMetrics({ config, store, state, upkeep, pacing, logFiles, runners: () => runners })
  const metricLog = { everySeconds: config.metrics.logSeconds, logger: loggers.get(metricsLogger), failures: logger }
  releases.add('metric log', startMetricLog({ ...metricLog, samples: metrics.samples }))
  const rescue = createRescue({
    checkpoints: createCheckpointStore(redis, config.redis.prefix),
    ...{ logs, queue, logger },
  })
  const debug = openAgentDebug(config, { redis, loggers, redactor, logs, releases })
  const runners = createRunners({
    config,
    debug: debug.switches,
    levels: levels.table,
    start: answeringReleases(startRunner, upkeep.supply),
    sink,
    redactor,
    logger: loggers.get('agent.runners'),
    watcher: {
      onSecrets: secrets => redactor.add(secrets),
      onEnded: ({ runId }) => void upkeep.watch.runEnded(runId),
      onMeasured: metrics.merge,
      onDied: ({ code }, runs) => metrics.countDeath(code, runs),
      onAbandoned(runs, death) {
        const runIds = runs.map(({ runId }) => runId)
        // With another release a run may fare better, so it is not to blame.
        void upkeep.watch
          .runnerDied(runIds, death)
          .then(isOtherNext => rescue(runs, isOtherNext ? { ...death, culprit: undefined } : death))
      },
    },
  })
  releases.add('runners', () => runners.close(AbortSignal.abort()))
  releases.add('holds', startHolds({ queue, runners, logger }))
  queue.onCancelAsked(runId => runners.cancel(runId))

  const control = createControl({
    agent: config.agent.name,
    status: () => ({ ...state.status(runners), connectors: [...upkeep.overview()] }),
    setDraining: isDraining => setDraining(isDraining, state, runners, logger),
    project,
    upkeep,
    replays: createReplayStore(redis, config.redis.prefix),
    watermarks: createWatermarkStore(redis, config.redis.prefix),
    logDirectory: config.logs.directory,
    ...{ logs, changes, levels, debug, policy, queue, runners, metrics, pacing },
  })
  const api = createApi({ control, token, version, logger: loggers.get('agent.api') })
  releases.add('api', () => api.close())
  const url = await listen(api, config)
  const urlFile = join(config.dataDir, 'agent.url')
  writeFileSync(urlFile, `${url}\n`, { mode: 0o640 })
  releases.add('url file', () => rmSync(urlFile, { force: true }))
  releases.add(
    'housekeeping',
    startHousekeeping({ state, logs, changes, queue, runners, debug, logger, ...config.operationLogs }),
  )
  if (config.connectors.allowUnsignedConnectors) {
    logger.warn({ key: 'connectors.allowUnsignedConnectors' }, 'connectors without a signature are loaded')
  }
  logger.info({ url, version, group: config.agent.group, runners: config.runners, home }, 'agent started')

  const hurry = new AbortController()
  let stopping: Promise<boolean> | undefined
  return {
    url,
    hurry: () => hurry.abort(),
    lastWords: (err, reason) => logger.fatal({ ...(err === undefined ? {} : { err }), reason }, 'agent ends at once'),
    stop() {
      stopping ??= stop({ ...config.stop, state, runners, releases, logger, hurry: hurry.signal })
      return stopping
    },
  }
}

/** The releases that a run works with, as far as it has got. */
function releasesOf(runId: string, logs: OperationLogs): readonly string[] {
  const { source, target } = logs.find(runId) ?? {}
  return [source, target].filter(each => each !== undefined)
}

function setDraining(isDraining: boolean, state: AgentState, runners: Runners, logger: AgentLogger): void {
  if (state.isStopping || state.isDraining === isDraining) return
  state.isDraining = isDraining
  if (isDraining) runners.pause()
  else runners.resume()
  logger.info({}, isDraining ? 'draining: no new jobs are taken' : 'resumed')
}

/** Listens, and returns the address for this machine. */
async function listen(api: FastifyInstance, { api: { host, port } }: Config): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (thrown) {
    const cause = toError(thrown)
    throw new AgentError(
      'CONFIG_INVALID',
      `the API cannot listen on api.host ${host}, api.port ${port}: ${cause.message}`,
      { cause },
    )
  }
  const address = api.server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${boundPort}`
}

/** How long parts may take to close after the runs have ended. */
const closeMs = 10_000

async function stop(parts: {
  readonly graceSeconds: number
  readonly cancelSeconds: number
  readonly state: AgentState
  readonly runners: Runners
  readonly releases: Releases
  readonly logger: AgentLogger
  readonly hurry: AbortSignal
}): Promise<boolean> {
  const { state, runners, releases, logger } = parts
  state.isStopping = true
  const runs = runners.running().length
  logger.info({ runs, graceSeconds: parts.graceSeconds }, 'stopping: runs may end, no new jobs are taken')
  runners.pause()
  await idle(runners, AbortSignal.any([parts.hurry, AbortSignal.timeout(parts.graceSeconds * 1_000)]))
  if (runners.running().length > 0) {
    logger.warn({ runs: runners.running() }, 'runs are handed back to the queue at their checkpoints')
    runners.handBack()
    await idle(runners, AbortSignal.timeout(parts.cancelSeconds * 1_000))
  }
  const deadline = AbortSignal.timeout(closeMs)
  await runners.close(deadline)
  const isClean = !deadline.aborted
  logger.info({ isClean }, 'agent stopped')
  await releases.releaseAll((name, err) => logger.error({ name, err }, 'part did not close'))
  return isClean
}

/** Resolves when no run is left, or when the signal aborts. */
async function idle(runners: Runners, signal: AbortSignal): Promise<void> {
  while (runners.running().length > 0 && !signal.aborted) {
    await sleep(50, undefined, { signal }).catch(() => undefined)
  }
}
