import { type Command, Option } from 'commander'
import { errorCode } from '../errors.ts'
import { lineLevels } from '../logs/line-filter.ts'
import { type LogQuery, readLogs } from '../logs/log-reader.ts'
import { guarded, withTarget } from './agent-command.ts'
import { openClient, type TargetOptions } from './api-client.ts'
import { wholeNumber } from './arguments.ts'
import { loadFor } from './config.ts'
import { plain } from './format.ts'
import type { CliIo } from './io.ts'
import { createPretty } from './pretty-line.ts'

type LogsOptions = TargetOptions & Partial<LogQuery>

const defaultLines = 200

/** `agent logs`. */
export function addLogsCommand(program: Command, io: CliIo): void {
  withTarget(program.command('logs').description('show the agent log: pretty on a terminal, JSON lines when piped'))
    .option('-f, --follow', 'go on with each new line')
    .option(
      '-n, --lines <number>',
      'how many of the last lines that fit; default: 200, all with --since or --until',
      wholeNumber,
    )
    .addOption(new Option('--level <level>', 'only this level and above').choices(lineLevels))
    .option('--since <time>', 'not older than this: 90s, 30m, 2h, 3d, or an ISO time')
    .option('--until <time>', 'not newer than this')
    .option('--run <id>', 'only lines of this run')
    .option('--connector <name>', 'only lines of this connector')
    .option('--metrics', 'the metric log instead of all others')
    .option('--grep <text>', 'only lines that hold this text')
    .addHelpText('after', '\nWhen no agent answers, the files of the home are read.')
    .action((options: LogsOptions) =>
      guarded(io, options.json, async () => {
        const isPretty = io.stdout.isTTY === true && options.json !== true
        const toText = isPretty ? createPretty(io.env) : (line: string) => `${line}\n`
        for await (const line of linesOf(io, options)) io.stdout.write(toText(line))
        // Ctrl-C while files are followed.
        io.signal.throwIfAborted()
      }),
    )
}

/** From the agent; from its files when no agent answers and none was named. */
async function* linesOf(io: CliIo, options: LogsOptions): AsyncGenerator<string> {
  const query = queryOf(options)
  let hasAnswered = false
  try {
    for await (const line of linesOfAgent(io, options, query)) {
      hasAnswered = true
      yield line
    }
  } catch (thrown) {
    const isNamed = options.url !== undefined || io.env['AGENT_URL'] !== undefined
    if (isNamed || hasAnswered || errorCode(thrown) !== 'AGENT_UNREACHABLE') throw thrown
    const { directory } = loadFor({ ...(options.home === undefined ? {} : { home: options.home }), set: [] }, io.env)
      .config.logs
    io.stderr.write(`no agent answers; reading the files in ${plain(directory)}\n`)
    const isBounded = query.lines !== undefined || query.since !== undefined || query.until !== undefined
    const lines = isBounded ? {} : { lines: defaultLines }
    for await (const { text } of readLogs(directory, { ...query, ...lines }, io.signal)) yield text
  }
}

async function* linesOfAgent(io: CliIo, options: LogsOptions, query: LogQuery): AsyncGenerator<string> {
  const client = openClient(options, io.env, io.signal)
  let cursor: string | undefined
  for (;;) {
    const before = cursor
    try {
      for await (const raw of client.stream(`/v1/logs/agent?${parametersOf(query, cursor)}`)) {
        if (query.follow && raw.startsWith('id: ')) cursor = raw.slice('id: '.length)
        const line = query.follow ? eventData(raw) : raw
        if (line !== undefined && line !== '') yield line
      }
      return
    } catch (thrown) {
      // A connection may break, as in a proxy; with nothing new since the last try the agent is gone.
      if (cursor === before || errorCode(thrown) !== 'AGENT_UNREACHABLE') throw thrown
    }
  }
}

function queryOf({ follow = false, ...options }: LogsOptions): LogQuery {
  const { lines, level, since, until, run, connector, metrics, grep } = options
  const given = Object.entries({ lines, level, since, until, run, connector, metrics, grep })
  return { follow, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}

function parametersOf(query: LogQuery, after: string | undefined): string {
  const all = Object.entries({ ...query, ...(after === undefined ? {} : { after }) })
  return new URLSearchParams(all.map(([name, value]): [string, string] => [name, String(value)])).toString()
}

/** The text of an event; comments and the blank lines between events have none. */
function eventData(line: string): string | undefined {
  return line.startsWith('data: ') ? line.slice('data: '.length) : undefined
}
