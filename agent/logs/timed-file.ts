import { readFileSync } from 'node:fs'
import { toError } from '../errors.ts'
import { replaceJsonFile } from '../replace-file.ts'
import type { AgentLogger } from './loggers.ts'

/** What somebody has set until a moment. */
export interface Timed {
  /** When it falls back, ISO. */
  readonly until: string
}

/** Things set on this agent, kept over its restart. */
export interface TimedFile<T extends Timed> {
  all(): ReadonlyMap<string, T>
  set(name: string, value: T): void
  /** Whether there was one. */
  reset(name: string): boolean
}

/** Reads what was kept somewhere; what is not one of ours, perhaps of a later version, is left out. */
export type ReadTimed<T extends Timed> = (entries: { readonly [name: string]: unknown }) => ReadonlyMap<string, T>

/**
 * Things set for a time in a JSON file; `what` names them in messages. When it cannot be written, say because the disk is
 * full, they hold until the agent ends: that is when an operator needs them. One that cannot be read is begun anew.
 */
export function openTimedFile<T extends Timed>(
  path: string,
  parts: { readonly read: ReadTimed<T>; readonly what: string; readonly logger: Pick<AgentLogger, 'warn'> },
): TimedFile<T> {
  const { what, logger } = parts
  let values = new Map(read())

  function read(): ReadonlyMap<string, T> {
    try {
      return parts.read(JSON.parse(readFileSync(path, 'utf8')))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException // of the file system, or of the parser, without a code
      if (code !== 'ENOENT') logger.warn({ error: toError(thrown).message }, `${what} that were set are lost`)
      return new Map()
    }
  }

  function write(): void {
    values = new Map(stillSet(values, Date.now()))
    try {
      replaceJsonFile(path, Object.fromEntries(values))
    } catch (thrown) {
      logger.warn({ error: toError(thrown).message }, `${what} that were set do not outlive the agent`)
    }
  }

  return {
    all: () => values,
    set(name, value) {
      values.set(name, value)
      write()
    },
    reset(name) {
      const wasSet = values.delete(name)
      if (wasSet) write()
      return wasSet
    },
  }
}

/** Those that have not fallen back yet. */
export function stillSet<T extends Timed>(values: ReadonlyMap<string, T>, now: number): ReadonlyMap<string, T> {
  return new Map([...values].filter(([, { until }]) => Date.parse(until) > now))
}
