import { join } from 'node:path'
import type { AgentState } from '../agent-state.ts'
import type { Config } from '../config/schema.ts'
import type { ConnectorUpkeep } from '../connector-upkeep.ts'
import type { LogFiles } from '../logs/log-files.ts'
import type { LogStore } from '../logs/store.ts'
import { createUnfinishedCounts } from '../logs/unfinished-counts.ts'
import type { PacingOverview } from '../pacing-overview.ts'
import { debugRoot } from '../runner-debug.ts'
import { residentBytes } from '../runner-memory.ts'
import type { Runners } from '../runners.ts'
import { bytesIn, createDiskUse } from './disk-use.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { releaseLabels } from './release-labels.ts'

/** The metrics of a running agent, over its parts. */
export function openAgentMetrics({
  config,
  store,
  state,
  upkeep,
  pacing,
  logFiles,
  runners,
}: {
  readonly config: Config
  readonly store: LogStore
  readonly state: AgentState
  readonly upkeep: ConnectorUpkeep
  readonly pacing: PacingOverview
  readonly logFiles: LogFiles
  /** They are started later. */
  readonly runners: () => Runners
}): Metrics {
  const database = join(config.dataDir, 'agent.db')
  const debugBytes = createDiskUse(debugRoot(config))
  return createMetrics({
    unfinishedRuns: createUnfinishedCounts(store),
    activeRuns: () => runners().running().length,
    waitingJobs: () => state.waiting,
    oldestJobAt: () => state.headSubmittedAt,
    isRedisConnected: () => state.redis.connected,
    isDraining: () => state.isDraining,
    restarts: () =>
      runners()
        .status()
        .reduce((sum, { restarts }) => sum + restarts, 0),
    runnerMemory: () =>
      runners()
        .status()
        .flatMap(({ number, pid }) => {
          const bytes = pid === undefined ? undefined : residentBytes(pid)
          return bytes === undefined ? [] : [{ runner: number, bytes }]
        }),
    droppedLines: () => logFiles.dropped(),
    storeBytes: async () => [
      { store: 'operation-logs', bytes: (await bytesIn(database)) + (await bytesIn(`${database}-wal`)) },
      { store: 'files', bytes: await bytesIn(config.logs.directory) },
      { store: 'debug', bytes: await debugBytes() },
    ],
    releases: () => releaseLabels(upkeep.overview()),
    pacing: () => pacing.accounts().catch(() => []),
  })
}
