/**
 * Names and levels of loggers. A name is a path of words joined by dots; a logger without a level of its own has that of
 * its nearest ancestor that has one, and the ancestor of all is ROOT.
 */

/** Levels as operators write them, from the most to the least that is logged. */
export const loggerLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const
export type LoggerLevel = (typeof loggerLevels)[number]

/** Levels by name of logger. */
export type LevelTable = ReadonlyMap<string, LoggerLevel>

/** The ancestor of all loggers. */
export const rootLogger = 'ROOT'

/** What a logger may be called. */
const loggerNamePattern = '^[A-Za-z0-9_$-]+(\\.[A-Za-z0-9_$-]+)*$'
export const maxLoggerNameLength = 200

/** The level of a text in whatever case, `ALL` among them; undefined when it is none. */
export function parseLevel(text: string): LoggerLevel | undefined {
  const upper = text.toUpperCase()
  return upper === 'ALL' ? 'TRACE' : loggerLevels.find(level => level === upper)
}

/** The name that tables use; undefined when it is no name of a logger. */
export function parseLoggerName(text: string): string | undefined {
  if (text.toUpperCase() === rootLogger) return rootLogger
  return text.length <= maxLoggerNameLength && new RegExp(loggerNamePattern).test(text) ? text : undefined
}

/** The logger itself and its ancestors, the nearest first, ROOT last. */
export function lineage(name: string): readonly string[] {
  if (name === rootLogger) return [rootLogger]
  const parent = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : rootLogger
  return [name, ...lineage(parent)]
}

/** The level a logger has, and the logger it has it from; undefined when not even ROOT has one. */
export function effectiveLevel(
  name: string,
  table: LevelTable,
): { readonly level: LoggerLevel; readonly from: string } | undefined {
  for (const from of lineage(name)) {
    const level = table.get(from)
    if (level !== undefined) return { level, from }
  }
  return undefined
}
