import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Config } from './config/schema.ts'
import { createDebugReader, type DebugReader } from './logs/debug-reader.ts'
import { createDebugSwitchboard, type DebugSwitchboard } from './logs/debug-switchboard.ts'
import { readSwitches } from './logs/debug-switches.ts'
import { trimDebugLogs } from './logs/debug-trim.ts'
import type { Loggers } from './logs/loggers.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { Redactor } from './logs/redact.ts'
import { openTimedFile } from './logs/timed-file.ts'
import { createTimedHash } from './logs/timed-hash.ts'
import { readKey } from './project/secrets.ts'
import type { Releases } from './releases.ts'
import { debugRoot } from './runner-debug.ts'

/** Debug logging of an agent: what is switched on, and what has been written. */
export interface AgentDebug {
  readonly switches: DebugSwitchboard
  readonly reader: DebugReader
  readonly isEncrypting: boolean
  /** Deletes what is too old or too much, and tells of which runs. */
  trim(isHeld: (runId: string) => boolean): Promise<void>
}

/** Opens it, to be released with the agent. */
export function openAgentDebug(
  config: Config,
  parts: {
    readonly redis: Redis
    readonly loggers: Loggers
    readonly redactor: Redactor
    readonly logs: OperationLogs
    readonly releases: Releases
  },
): AgentDebug {
  const { redis, logs, redactor } = parts
  const { agent, dataDir, debugLogs, secrets } = config
  const logger = parts.loggers.get('agent.logs')
  const root = debugRoot(config)
  const what = 'debug switches'
  const switches = createDebugSwitchboard({
    own: openTimedFile(join(dataDir, 'debug-switches.json'), { read: readSwitches, what, logger }),
    group: createTimedHash(redis, `${config.redis.prefix}:debug:${agent.group}`, readSwitches),
    logger,
  })
  parts.releases.add('debug', () => switches.close())
  return {
    switches,
    reader: createDebugReader({ root, readKey: () => readKey(secrets), redactor }),
    isEncrypting: debugLogs.encrypt,
    async trim(isHeld) {
      const { expired, crowdedOut } = await trimDebugLogs(root, debugLogs, { isHeld })
      if (expired > 0) logger.info({ runs: expired }, 'old debug data deleted')
      if (crowdedOut.length === 0) return
      logger.warn({ runs: crowdedOut }, 'debug data deleted: debugLogs.maxTotalMegabytes was reached')
      for (const runId of crowdedOut.filter(each => logs.find(each) !== undefined)) {
        logs.tell(runId, 'warning', 'debug data of this run was deleted: debugLogs.maxTotalMegabytes was reached')
      }
    },
  }
}
