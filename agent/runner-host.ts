import { join } from 'node:path'
import { secretsOf } from './config/secrets-of.ts'
import { openLoader } from './connectors.ts'
import { toError } from './errors.ts'
import type { DebugTable } from './logs/debug-switches.ts'
import type { LevelTable } from './logs/logger-levels.ts'
import { createLoggers, type LineSink } from './logs/loggers.ts'
import { createOperationLogs } from './logs/operation-log.ts'
import { createRedactor } from './logs/redact.ts'
import { openLogStore } from './logs/store.ts'
import { createGatheringWriter } from './logs/store-writer.ts'
import { openProject } from './project/project.ts'
import { createResolver } from './project/resolve.ts'
import { openRedis } from './redis.ts'
import { createReleaseRequests, type ReleaseRequests } from './release-requests.ts'
import { createReleaseTeller } from './release-teller.ts'
import { createCheckpointStore } from './run/checkpoint.ts'
import { createLookUps, type LookUps } from './run/look-ups.ts'
import { createJobParser } from './run/operation.ts'
import { createPacing } from './run/pacing.ts'
import { createReplayStore } from './run/replay.ts'
import { trackedLoader } from './run/tracked-connector.ts'
import { createWatermarkStore } from './run/watermark.ts'
import type { WorkTracker } from './run/work.ts'
import { createRunner, type Runner } from './runner.ts'
import { openRunnerDebugs } from './runner-debug.ts'
import type { FromRunner, ToRunner } from './runner-messages.ts'
import { measuredPacing } from './telemetry/measured-pacing.ts'
import { startReporter } from './telemetry/reporter.ts'
import { createRunMeter } from './telemetry/run-meter.ts'
import { createSeries } from './telemetry/series.ts'
import { openTracing } from './telemetry/tracing.ts'

/** A runner with everything it owns, driven by messages. */
export interface RunnerHost {
  take(message: ToRunner): void
}

/**
 * Makes a runner out of the messages it gets. `closed` is called when it has released everything after `close`;
 * whoever hosts it (a process of its own, or the supervisor) acts on that.
 */
export function createRunnerHost(parts: {
  readonly number: number
  readonly sink: LineSink
  readonly tracker: WorkTracker
  readonly tell: (message: FromRunner) => void
  readonly closed: (failure?: Error) => void
}): RunnerHost {
  let open: OpenRunner | undefined

  return {
    take(message) {
      if (message.tag === 'start') {
        open = openRunner(message, parts)
        return
      }
      if (open === undefined) return
      switch (message.tag) {
        case 'pause':
          return open.runner.pause()
        case 'resume':
          return open.runner.resume()
        case 'levels':
          return open.setLevels(message.levels)
        case 'debug':
          return open.setDebug(message.table)
        case 'cancel':
          return void open.runner.cancel(message.runId)
        case 'hand-back':
          return open.runner.handBack()
        case 'releases':
          return open.releases.settle(message.id, message.outcome)
        case 'ping':
          return parts.tell({ tag: 'pong' })
        case 'look-up':
          return void open
            .lookUp(message.request)
            .then(outcome => parts.tell({ tag: 'looked-up', id: message.id, outcome }))
        case 'close':
          return void open.close().then(
            () => parts.closed(),
            thrown => parts.closed(toError(thrown)),
          )
        default:
          return message satisfies never
      }
    },
  }
}

interface OpenRunner {
  readonly runner: Runner
  readonly lookUp: LookUps
  readonly releases: ReleaseRequests
  setLevels(levels: LevelTable): void
  setDebug(table: DebugTable): void
  close(): Promise<void>
}

function openRunner(
  { config, isPaused, levels, debug }: Extract<ToRunner, { tag: 'start' }>,
  { number, sink, tell, tracker }: Parameters<typeof createRunnerHost>[0],
): OpenRunner {
  const redactor = createRedactor(
    secretsOf(config),
    secrets => tell({ tag: 'secrets', secrets }),
    config.logs.maskFields,
  )
  const loggers = createLoggers({
    level: config.logs.level,
    fields: { agent: config.agent.name, runner: number },
    redactor,
    sink,
  })
  loggers.setLevels(levels)
  const store = openLogStore(join(config.dataDir, 'agent.db'))
  const writer = createGatheringWriter(store)
  // However it ends, short of being killed.
  process.once('exit', writer.settleAll)
  const redis = openRedis(config.redis.url, 'request')
  const resolver = createResolver({ directory: config.projectDir, env: process.env, key: config.secrets })
  const releases = createReleaseRequests(tell)
  const series = createSeries()
  const reporter = startReporter(series, measured => tell({ tag: 'measured', measured }))
  const teller = createReleaseTeller(loggers.get('agent.connectors'))
  const logs = createOperationLogs(store, redactor, writer)
  const debugs = openRunnerDebugs(config, { redactor, loggers, logs }, debug)
  const parts = {
    agent: config.agent.name,
    defaultTimeoutSeconds: config.operations.timeoutSeconds,
    parseJob: createJobParser(),
    resolve: resolver.operation,
    redactor,
    logs,
    debugs,
    loggers,
    loader: trackedLoader(
      openLoader(config, {
        choose: releases.choose,
        watcher: {
          ...teller,
          onRefused(release, error) {
            teller.onRefused(release, error)
            const { name: connector, version } = release
            tell({ tag: 'release-refused', connector, version, code: error.code, message: error.message })
          },
        },
      }),
      tracker,
    ),
    checkpoints: createCheckpointStore(redis, config.redis.prefix),
    watermarks: createWatermarkStore(redis, config.redis.prefix),
    pacing: measuredPacing(
      createPacing({ redis, prefix: config.redis.prefix, logger: loggers.get('agent.pacing') }),
      series,
    ),
    replays: createReplayStore(redis, config.redis.prefix),
  }
  const meter = createRunMeter(series, parts.logs.find)
  const tracing = openTracing(config, { runner: number, series, logger: loggers.get('agent.tracing') })
  const runner = createRunner({
    ...parts,
    ...(tracing && { attempt: tracing.attempt }),
    queue: { redisUrl: config.redis.url, prefix: config.redis.prefix, group: config.agent.group },
    concurrency: config.runsPerRunner,
    isPaused,
    tracker,
    onStarted(run) {
      meter.started(run.runId)
      tell({ tag: 'started', run })
    },
    onEnded({ runId }, end) {
      meter.ended(runId, end?.status ?? 'lost', end?.counts)
      reporter.flush()
      tell({ tag: 'ended', runId })
    },
  })
  tell({ tag: 'ready' })

  return {
    runner,
    releases,
    lookUp: createLookUps({ ...parts, resolver, project: openProject(config.projectDir) }),
    setLevels: loggers.setLevels,
    setDebug: debugs.setTable,
    async close() {
      await runner.close()
      debugs.close()
      await parts.pacing.close()
      await tracing?.close()
      reporter.close()
      redis.disconnect()
      writer.settleAll()
      process.removeListener('exit', writer.settleAll)
      store.close()
    },
  }
}
