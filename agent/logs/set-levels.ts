import { type LoggerLevel, loggerLevels, parseLoggerName } from './logger-levels.ts'
import type { Timed } from './timed-file.ts'

/** A level that somebody has set for a time. */
export interface SetLevel extends Timed {
  readonly level: LoggerLevel
}

/** Levels set for a time, by name of logger. */
export type SetLevels = ReadonlyMap<string, SetLevel>

/** Reads what was kept somewhere; what is not one of ours, perhaps of a later version, is left out. */
export function readSetLevels(entries: { readonly [name: string]: unknown }): SetLevels {
  const levels = new Map<string, SetLevel>()
  for (const [name, value] of Object.entries(entries)) {
    const { level: text, until } = (value ?? {}) as { level?: unknown; until?: unknown } // both are looked at below
    const level = loggerLevels.find(each => each === text)
    const isWhole = level !== undefined && typeof until === 'string' && !Number.isNaN(Date.parse(until))
    if (isWhole && parseLoggerName(name) === name) levels.set(name, { level, until })
  }
  return levels
}
