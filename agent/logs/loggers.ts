import { type Logger as PinoLogger, pino } from 'pino'
import type { LogFields, Logger } from '../../connectors/sdk/connector.ts'
import { effectiveLevel, type LevelTable, type LoggerLevel } from './logger-levels.ts'
import type { Redactor } from './redact.ts'

/** The agent's own logger; a connector's `Logger` is the part of it that connectors see. */
export type AgentLogger = PinoLogger

/** Levels an operator can choose in the configuration. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Parent of all connector loggers, as operators of this kind of agent know it. */
export const connectorLoggers = 'org.jitterbit.connector'

/** The logger of metrics; its lines have a file of their own. */
export const metricsLogger = 'agent.metrics'

/** A text of a connector's line is cut at so many characters, after its secrets have been masked. */
const maxTextLength = 10_000

/** Loggers by name, all writing to one sink as JSON lines. */
export interface Loggers {
  get(name: string): AgentLogger
  /** The logger a connector gets for one run; with `level` it logs at least that, whatever the table says. */
  forConnector(connector: string, fields: { readonly runId: string }, level?: LogLevel): Logger
  /** Levels from now on, for loggers that are in use too; a table without ROOT leaves that at the level it began with. */
  setLevels(table: LevelTable): void
}

/** Takes one JSON line, newline included, already redacted. */
export type LineSink = (line: string) => void

/** Loggers of one process. The redactor sees each line last, so nothing unmasked reaches the sink. */
export function createLoggers(options: {
  readonly level: LogLevel
  readonly fields: { readonly [field: string]: string | number }
  readonly redactor: Redactor
  readonly sink: LineSink
}): Loggers {
  const root = pino(
    {
      level: options.level,
      base: { pid: process.pid, ...options.fields },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: (line: string) => options.sink(options.redactor.redactJson(line)) },
  )
  const named = new Map<string, AgentLogger>()
  let table: LevelTable = new Map()

  const levelOf = (name: string) => {
    const found = effectiveLevel(name, table)
    return found === undefined ? options.level : logLevelOf(found.level)
  }

  function get(name: string): AgentLogger {
    const found = named.get(name)
    if (found !== undefined) return found
    const made = root.child({ logger: name })
    made.level = levelOf(name)
    named.set(name, made)
    return made
  }

  return {
    get,
    forConnector(connector, fields, level) {
      // Without a level of its own a child of pino goes on to follow the named logger.
      const following = get(`${connectorLoggers}.${connector}`).child(fields)
      const own = level === undefined ? undefined : following.child({})
      // Given as an option, a level that is the parent's just now would not become the child's own.
      if (own !== undefined && level !== undefined) own.level = level
      const chosen = () => (own !== undefined && own.levelVal < following.levelVal ? own : following)
      return connectorLogger(chosen, options.redactor)
    },
    setLevels(next) {
      table = next
      for (const [name, logger] of named) logger.level = levelOf(name)
    },
  }
}

/** The level of the configuration as a table has it. */
export function loggerLevelOf(level: LogLevel): LoggerLevel {
  return level === 'silent' ? 'OFF' : (level.toUpperCase() as LoggerLevel) // the other names differ in case only
}

function logLevelOf(level: LoggerLevel): LogLevel {
  return level === 'OFF' ? 'silent' : (level.toLowerCase() as LogLevel) // likewise
}

function connectorLogger(chosen: () => AgentLogger, redactor: Redactor): Logger {
  const write = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    const logger = chosen()
    if (logger.isLevelEnabled(level)) logger[level](withShortTexts(fields, redactor), message)
  }
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isEnabled: level => chosen().isLevelEnabled(level),
  }
}

/** A secret that lies across the cut would not be found any more, so texts are masked before they are cut. */
function withShortTexts(fields: LogFields, redactor: Redactor): LogFields {
  const isLong = (value: unknown): value is string => typeof value === 'string' && value.length > maxTextLength
  if (!Object.values(fields).some(isLong)) return fields
  const short = (text: string) => {
    const masked = redactor.redact(text)
    const left = masked.length - maxTextLength
    return left <= 0 ? masked : `${masked.slice(0, maxTextLength)}… ${left.toLocaleString('en-US')} more characters`
  }
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isLong(value) ? short(value) : value]))
}
