import { type Logger as PinoLogger, pino } from 'pino'
import type { Logger } from '../../connectors/sdk/connector.ts'
import type { Redactor } from './redact.ts'

/** The agent's own logger; a connector's `Logger` is the part of it that connectors see. */
export type AgentLogger = PinoLogger

/** Levels an operator can choose. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Parent of all connector loggers, as operators of this kind of agent know it. */
export const connectorLoggers = 'org.jitterbit.connector'

/** Loggers by name, all writing to one sink as JSON lines. */
export interface Loggers {
  get(name: string): AgentLogger
  /** The logger a connector gets for one run; `level` overrules the agent's for that run. */
  forConnector(connector: string, fields: { readonly runId: string }, level?: LogLevel): Logger
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

  function get(name: string): AgentLogger {
    const found = named.get(name)
    if (found !== undefined) return found
    const made = root.child({ logger: name })
    named.set(name, made)
    return made
  }

  return {
    get,
    forConnector: (connector, fields, level) =>
      onlyLogging(get(`${connectorLoggers}.${connector}`).child(fields, level === undefined ? {} : { level })),
  }
}

/** No more than the contract says: by pino's own methods a connector could change the level of a log, or its fields. */
function onlyLogging(logger: AgentLogger): Logger {
  return {
    trace: (fields, message) => logger.trace(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
