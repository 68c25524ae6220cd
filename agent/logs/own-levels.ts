import type { AgentLogger } from './loggers.ts'
import { readSetLevels, type SetLevel } from './set-levels.ts'
import { openTimedFile, type TimedFile } from './timed-file.ts'

/** Levels set on this agent, kept over its restart. */
export type OwnLevels = TimedFile<SetLevel>

/** Levels in a JSON file. */
export function openOwnLevels(path: string, logger: Pick<AgentLogger, 'warn'>): OwnLevels {
  return openTimedFile(path, { read: readSetLevels, what: 'levels', logger })
}
