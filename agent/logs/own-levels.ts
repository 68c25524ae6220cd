import { readFileSync } from 'node:fs'
import { toError } from '../errors.ts'
import { replaceJsonFile } from '../replace-file.ts'
import type { AgentLogger } from './loggers.ts'
import { readSetLevels, type SetLevel, type SetLevels, stillSet } from './set-levels.ts'

/** Levels set on this agent, kept over its restart. */
export interface OwnLevels {
  all(): SetLevels
  set(name: string, level: SetLevel): void
  /** Whether there was one. */
  reset(name: string): boolean
}

/**
 * Levels in a JSON file. When it cannot be written, say because the disk is full, they hold until the agent ends: that
 * is when an operator needs them. One that cannot be read is begun anew.
 */
export function openOwnLevels(path: string, logger: Pick<AgentLogger, 'warn'>): OwnLevels {
  let levels = new Map(read())

  function read(): SetLevels {
    try {
      return readSetLevels(JSON.parse(readFileSync(path, 'utf8')))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException // of the file system, or of the parser, without a code
      if (code !== 'ENOENT') logger.warn({ error: toError(thrown).message }, 'levels that were set are lost')
      return new Map()
    }
  }

  function write(): void {
    levels = new Map(stillSet(levels, Date.now()))
    try {
      replaceJsonFile(path, Object.fromEntries(levels))
    } catch (thrown) {
      logger.warn({ error: toError(thrown).message }, 'levels that were set do not outlive the agent')
    }
  }

  return {
    all: () => levels,
    set(name, level) {
      levels.set(name, level)
      write()
    },
    reset(name) {
      const wasSet = levels.delete(name)
      if (wasSet) write()
      return wasSet
    },
  }
}
