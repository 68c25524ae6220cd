import { type Command, Option } from 'commander'
import { prettyFactory } from 'pino-pretty'
import { logLevels } from '../logs/loggers.ts'
import { withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { plain } from './format.ts'
import type { CliIo } from './io.ts'

/** What a line of the log can be of; no line is silent. */
const lineLevels: readonly string[] = logLevels.filter(level => level !== 'silent')

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
    .addOption(new Option('--level <level>', 'only this level and above').choices(lineLevels))
    .option('--run <id>', 'only lines of this run')
    .option('--grep <text>', 'only lines that hold this text')
    .action((options: LogsOptions) =>
      withClient(io, options, async client => {
        const isPretty = io.stdout.isTTY === true && options.json !== true
        const toText = isPretty ? createPretty(io.env) : (line: string) => `${line}\n`
        const isWanted = filterOf(options)
        const query = `lines=${encodeURIComponent(options.lines)}&follow=${options.follow === true}`
        for await (const raw of client.stream(`/v1/logs/agent?${query}`)) {
          const line = options.follow === true ? eventData(raw) : raw
          if (line !== undefined && line !== '' && isWanted(line)) io.stdout.write(toText(line))
        }
      }),
    )
}

/** Lines as people read them; coloured unless NO_COLOR (no-color.org) is set to anything. */
function createPretty(env: CliIo['env']): (line: string) => string {
  const pretty = prettyFactory({ messageKey: 'message', ignore: 'pid,agent', colorize: !env['NO_COLOR'] })
  return line => {
    const fields = parseLine(line)
    return fields === undefined ? `${plain(line)}\n` : pretty(fields)
  }
}

/** The text of an event; comments and the blank lines between events have none. */
function eventData(line: string): string | undefined {
  return line.startsWith('data: ') ? line.slice('data: '.length) : undefined
}

function filterOf({ level, run, grep }: LogsOptions): (line: string) => boolean {
  const from = level === undefined ? 0 : lineLevels.indexOf(level)
  return line => {
    if (grep !== undefined && !line.includes(grep)) return false
    if (level === undefined && run === undefined) return true
    const fields = parseLine(line) ?? {}
    if (run !== undefined && fields.runId !== run) return false
    return lineLevels.indexOf(fields.level ?? 'info') >= from
  }
}

function parseLine(line: string): { readonly level?: string; readonly runId?: string } | undefined {
  try {
    return JSON.parse(line, (_, value) => (typeof value === 'string' ? plain(value) : value)) // a line of our own log
  } catch {
    return undefined
  }
}
