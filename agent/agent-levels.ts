import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type { Config } from './config/schema.ts'
import { createGroupLevels } from './logs/group-levels.ts'
import { createLevels, type Levels } from './logs/levels.ts'
import { watchLevelsFile } from './logs/levels-file.ts'
import type { LevelTable } from './logs/logger-levels.ts'
import { type Loggers, loggerLevelOf } from './logs/loggers.ts'
import { openOwnLevels } from './logs/own-levels.ts'

/** The levels of an agent, which its own loggers follow from now on; `onChange` brings them to the runners. */
export function openAgentLevels(
  { agent, dataDir, logs, redis: { prefix } }: Config,
  parts: { readonly redis: Redis; readonly loggers: Loggers; readonly onChange: (table: LevelTable) => void },
): Levels {
  const { loggers } = parts
  const logger = loggers.get('agent.logs')
  const levels = createLevels({
    configured: loggerLevelOf(logs.level),
    openFile: onChange => watchLevelsFile(logs.levelsFile, { logger, onChange }),
    own: openOwnLevels(join(dataDir, 'logger-levels.json'), logger),
    group: createGroupLevels(parts.redis, prefix, agent.group),
    logger,
    onChange(table) {
      loggers.setLevels(table)
      parts.onChange(table)
    },
  })
  loggers.setLevels(levels.table())
  return levels
}
