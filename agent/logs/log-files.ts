import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { prettyFactory } from 'pino-pretty'
import { toError } from '../errors.ts'
import { toEcsLine } from './ecs.ts'
import { openLogFile } from './log-file.ts'
import { limitSpace } from './log-space.ts'
import { connectorLoggers, type LineSink, metricsLogger } from './loggers.ts'

/** Where the supervisor's lines go. */
export interface LogFiles {
  /** The line is on its way to the disk when this returns: a process that dies afterwards does not lose it. */
  readonly write: LineSink
  /** How many lines found no place in their file. */
  dropped(): number
  /** Ends when rotated files are packed. */
  close(): Promise<void>
}

/** How the files and stdout are written. */
export interface LogFilesOptions {
  readonly directory: string
  readonly format: 'plain' | 'ecs'
  readonly maxFileMegabytes: number
  readonly maxFiles: number
  readonly maxTotalMegabytes: number
  readonly stdout: 'json' | 'pretty' | 'none'
  readonly toStdout: (text: string) => void
  /** Default 10 s. */
  readonly reopenMs?: number
}

/** A file that failed is opened again with the first line after so long; lines until then reach only stdout. */
const reopenAfterMs = 10_000
const megabyte = 1_048_576

/**
 * Writes the agent log to `<directory>/agent.log` and to stdout, each connector's lines to
 * `<directory>/connectors/<name>.log`, and metrics to `<directory>/metrics.log`. Files are rotated by size and packed; the supervisor is their only writer.
 */
export function openLogFiles(options: LogFilesOptions): LogFiles {
  const { directory, maxFiles, stdout } = options
  mkdirSync(join(directory, 'connectors'), { recursive: true, mode: 0o750 })
  const pretty = stdout === 'pretty' ? prettyFactory({ messageKey: 'message', ignore: 'pid,agent' }) : undefined
  const toLine = options.format === 'ecs' ? toEcsLine : (line: string) => line
  /** The line as the agent writes it, and as the files have it. */
  const print = (line: string, formatted: string) => {
    if (stdout !== 'none') options.toStdout(pretty?.(line) ?? formatted)
  }
  const maxBytes = options.maxTotalMegabytes * megabyte
  const limits = {
    // Four files that are written fit at least.
    maxBytes: Math.min(options.maxFileMegabytes * megabyte, Math.floor(maxBytes / 4)),
    onRotated: () => limitSpace(directory, { maxFiles, maxBytes }),
  }
  const files = new Map<string, ReturnType<typeof createPatientFile>>()
  const fileOf = (name: string) => {
    const found = files.get(name)
    if (found !== undefined) return found
    const reopenMs = options.reopenMs ?? reopenAfterMs
    const made = createPatientFile({ name, path: join(directory, name), limits, reopenMs, toLine, print })
    files.set(name, made)
    return made
  }

  return {
    write(line) {
      const file = fileNameFor(line)
      const formatted = toLine(line)
      fileOf(file).write(formatted)
      // People who look at a terminal do not want to see them.
      if (file !== metricsFile || stdout === 'json') print(line, formatted)
    },
    dropped: () => [...files.values()].reduce((sum, file) => sum + file.dropped(), 0),
    async close() {
      await Promise.all([...files.values()].map(file => file.close()))
    },
  }
}

/** A file that may fail: a log that cannot be written must not end the agent. What it missed is told when it can be. */
function createPatientFile(parts: {
  readonly name: string
  readonly path: string
  readonly limits: Parameters<typeof openLogFile>[1]
  readonly reopenMs: number
  readonly toLine: (line: string) => string
  readonly print: (line: string, formatted: string) => void
}) {
  let file: ReturnType<typeof openLogFile> | undefined
  let failedAt = -Infinity
  let dropped = 0
  /** Of those, how many the file does not tell yet. */
  let untold = 0
  let problem = ''

  const notice = (fields: object, message: string) => parts.toLine(noticeLine(fields, message))

  function append(lines: readonly string[]): void {
    try {
      if (file === undefined) {
        file = openLogFile(parts.path, parts.limits)
        if (file.isMended) file.write(notice({ file: parts.name }, 'torn last line removed'))
      }
      if (untold > 0) {
        file.write(notice({ file: parts.name, dropped: untold, error: problem }, 'log lines were dropped'))
        untold = 0
      }
      for (const line of lines) file.write(line)
    } catch (thrown) {
      failedAt = performance.now()
      problem = toError(thrown).message
      const line = noticeLine({ file: parts.name, error: problem }, 'log file failed', 'error')
      parts.print(line, parts.toLine(line))
      void file?.close().catch(() => undefined)
      file = undefined
      drop(lines.length)
    }
  }

  function drop(count: number): void {
    dropped += count
    untold += count
  }

  return {
    dropped: () => dropped,
    /** The line is in its format already. */
    write(line: string) {
      if (performance.now() - failedAt < parts.reopenMs) drop(1)
      else append([line])
    },
    async close() {
      if (untold > 0) append([])
      await file?.close()
      file = undefined
    },
  }
}

function noticeLine(fields: object, message: string, level: 'warn' | 'error' = 'warn'): string {
  const head = { level, time: new Date().toISOString(), pid: process.pid, logger: 'agent.logs' }
  return `${JSON.stringify({ ...head, ...fields, message })}\n`
}

const metricsFile = 'metrics.log'
const metricsField = `"logger":"${metricsLogger}"`
const connectorField = new RegExp(`"logger":"${connectorLoggers.replaceAll('.', '\\.')}\\.([a-z][a-z0-9-]*)"`)

/** By the logger that wrote the line; its field is written by us alone, so no parsing is needed. */
function fileNameFor(line: string): string {
  const connector = connectorField.exec(line)?.[1]
  if (connector !== undefined) return join('connectors', `${connector}.log`)
  return line.includes(metricsField) ? metricsFile : 'agent.log'
}
