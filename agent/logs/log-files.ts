import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { prettyFactory } from 'pino-pretty'
import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import { connectorLoggers, type LineSink } from './loggers.ts'

/** Where the supervisor's lines go, and the recent ones for who wants to look. */
export interface LogFiles {
  readonly write: LineSink
  /** The last lines, oldest first, at most `lines` of the 1,000 kept. */
  recent(lines: number): readonly string[]
  /** Calls back for each new line until the returned function is called. */
  subscribe(listener: (line: string) => void): () => void
  /** Ends when all lines are on the disk. */
  close(): Promise<void>
}

const keptLines = 1_000
/** A file that failed is opened again with the first line after so long; lines until then reach only stdout. */
const reopenMs = 10_000

/**
 * Writes the agent log to `<directory>/agent.log` and to stdout, and each connector's lines to
 * `<directory>/connectors/<name>.log`. Files are rotated by size; the supervisor is their only writer.
 */
export function openLogFiles(options: {
  readonly directory: string
  readonly maxFileMegabytes: number
  readonly maxFiles: number
  readonly stdout: 'json' | 'pretty' | 'none'
  readonly toStdout: (text: string) => void
  /** Default 10 s. */
  readonly reopenMs?: number
}): LogFiles {
  mkdirSync(join(options.directory, 'connectors'), { recursive: true, mode: 0o750 })
  const files = new Map<string, RotatingFileStream>()
  const failedAt = new Map<string, number>()
  const listeners = new Set<(line: string) => void>()
  const kept: string[] = []
  const toText = options.stdout === 'pretty' ? prettyFactory({ messageKey: 'message', ignore: 'pid,agent' }) : undefined

  function file(name: string): RotatingFileStream | undefined {
    const open = files.get(name)
    if (open !== undefined) return open
    if (performance.now() - (failedAt.get(name) ?? -Infinity) < (options.reopenMs ?? reopenMs)) return undefined
    const made = createStream(name, {
      path: options.directory,
      size: `${options.maxFileMegabytes}M`,
      maxFiles: options.maxFiles,
      compress: 'gzip',
      mode: 0o640,
    })
    // A log that cannot be written must not end the agent. The stream is of no use any more.
    made.on('error', error => {
      files.delete(name)
      failedAt.set(name, performance.now())
      const fields = { level: 'error', message: 'log file failed', file: name, error: error.message }
      options.toStdout(`${JSON.stringify(fields)}\n`)
    })
    files.set(name, made)
    return made
  }

  return {
    write(line) {
      const connector = connectorOf(line)
      file(connector === undefined ? 'agent.log' : join('connectors', `${connector}.log`))?.write(line)
      if (options.stdout !== 'none') options.toStdout(toText === undefined ? line : toText(line))
      const text = line.trimEnd()
      kept.push(text)
      if (kept.length > keptLines) kept.shift()
      for (const listener of listeners) listener(text)
    },
    recent: lines => kept.slice(Math.max(0, kept.length - lines)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      await Promise.all([...files.values()].map(open => new Promise<void>(resolve => open.end(() => resolve()))))
    },
  }
}

const connectorField = new RegExp(`"logger":"${connectorLoggers.replaceAll('.', '\\.')}\\.([a-z][a-z0-9-]*)"`)

/** The connector whose logger wrote the line; the field's place in the line is ours, so no parsing is needed. */
function connectorOf(line: string): string | undefined {
  return connectorField.exec(line)?.[1]
}
