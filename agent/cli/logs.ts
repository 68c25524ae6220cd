import type { Command } from 'commander'
import { prettyFactory } from 'pino-pretty'
import { logLevels } from '../logs/loggers.ts'
import { withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { type CliIo, exitCodes } from './io.ts'

interface LogsOptions extends TargetOptions {
  readonly follow?: boolean
  readonly lines: string
  readonly level?: string
  readonly run?: string
  readonly grep?: string
}

/** `agent logs`. */
export function addLogsCommand(program: Command, io: CliIo): void {
  withTarget(program.command('logs').description('show the agent log: pretty on a terminal, JSON lines when piped'))
    .option('-f, --follow', 'go on with each new line')
    .option('-n, --lines <number>', 'how many of the last lines, up to 1000', '200')
    .option('--level <level>', `only this level and above: ${logLevels.join(', ')}`)
    .option('--run <id>', 'only lines of this run')
    .option('--grep <text>', 'only lines that hold this text')
    .action((options: LogsOptions) =>
      withClient(io, options, async client => {
        const isPretty = io.stdout.isTTY === true && options.json !== true
        const toText = isPretty
          ? prettyFactory({ messageKey: 'message', ignore: 'pid,agent' })
          : (line: string) => `${line}\n`
        const isWanted = filterOf(options)
        const query = `lines=${encodeURIComponent(options.lines)}&follow=${options.follow === true}`
        for await (const raw of client.stream(`/v1/logs/agent?${query}`, io.signal)) {
          const line = options.follow === true ? eventData(raw) : raw
          if (line !== undefined && line !== '' && isWanted(line)) io.stdout.write(toText(line))
        }
        if (io.signal.aborted) io.setExitCode(exitCodes.interrupted.code)
      }),
    )
}

/** The text of an event; comments and the blank lines between events have none. */
function eventData(line: string): string | undefined {
  return line.startsWith('data: ') ? line.slice('data: '.length) : undefined
}

function filterOf({ level, run, grep }: LogsOptions): (line: string) => boolean {
  const levels: readonly string[] = logLevels
  const from = level === undefined ? 0 : levels.indexOf(level)
  return line => {
    if (grep !== undefined && !line.includes(grep)) return false
    if (level === undefined && run === undefined) return true
    const fields = parseLine(line)
    if (run !== undefined && fields.runId !== run) return false
    return levels.indexOf(fields.level ?? 'info') >= from
  }
}

function parseLine(line: string): { readonly level?: string; readonly runId?: string } {
  try {
    return JSON.parse(line) as { level?: string; runId?: string } // a line of our own log
  } catch {
    return {}
  }
}
