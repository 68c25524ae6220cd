import { type Command, InvalidArgumentError } from 'commander'
import type { LoggerAnswer, LoggerList, LoggerReset } from '../api/loggers.ts'
import { type LoggerLevel, loggerLevels, parseLevel } from '../logs/logger-levels.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatTable, formatTime, plain } from './format.ts'
import type { CliIo } from './io.ts'

interface SetOptions extends TargetOptions {
  readonly for: string
  readonly group?: boolean
}

/** `agent loggers list`, `set` and `reset`; by itself it lists. */
export function addLoggersCommand(program: Command, io: CliIo): void {
  const loggers = program.command('loggers').description('levels of loggers: what is written to the agent log')

  withTarget(
    loggers.command('list', { isDefault: true }).description('show which level each logger has, and why'),
  ).action((options: TargetOptions) =>
    withClient(io, options, async client => {
      const list = await client.get<LoggerList>('/v1/loggers')
      print(io, options, list, () => listText(list))
    }),
  )

  withTarget(loggers.command('set').description('set the level of a logger and of those below it, for a time'))
    .argument('<name>', 'name of the logger, like org.jitterbit.connector.bigcommerce; ROOT for all')
    .argument('<level>', loggerLevels.join(', '), wantedLevel)
    .option('--for <time>', 'how long: 90s, 30m, 2h, 3d; at most 30d', '1h')
    .option('--group', 'on all agents of the group')
    .action((name: string, level: LoggerLevel, options: SetOptions) =>
      withClient(io, options, async client => {
        const setting = { level, for: options.for, group: options.group === true }
        const answer = await client.put<LoggerAnswer>(pathOf(name), setting)
        print(io, options, answer, () => `${levelText(answer)}\n`)
        if (answer.level !== level) tell(io, `${answer.name} was set to ${level}, but what this agent was told wins`)
        if (answer.affects.length === 0)
          tell(io, `no logger of this agent is ${name} or below it, see agent loggers list`)
      }),
    )

  withTarget(loggers.command('reset').description('take back what was set for a logger'))
    .argument('<name>', 'name of the logger')
    .option('--group', 'what was set for the group')
    .action((name: string, options: SetOptions) =>
      withClient(io, options, async client => {
        const answer = await client.delete<LoggerReset>(`${pathOf(name)}?group=${options.group === true}`)
        print(io, options, answer, () => `${answer.wasSet ? '' : 'nothing was set there; '}${levelText(answer)}\n`)
      }),
    )
}

function wantedLevel(text: string): LoggerLevel {
  const level = parseLevel(text)
  if (level === undefined) throw new InvalidArgumentError(`must be one of ${loggerLevels.join(', ')}`)
  return level
}

function pathOf(name: string): string {
  return `/v1/loggers/${encodeURIComponent(name)}`
}

function tell(io: CliIo, text: string): void {
  io.stderr.write(`${plain(text)}\n`)
}

function listText({ loggers, file }: LoggerList): string {
  const rows = loggers.map(entry => [entry.name, entry.level, reasonOf(entry), formatTime(entry.until)])
  const problem = file.problem === undefined ? '' : `\nthe file is broken, its last good levels hold: ${file.problem}\n`
  return `${formatTable(['logger', 'level', 'from', 'until'], rows)}${problem}`
}

function levelText(entry: LoggerAnswer): string {
  const until = entry.until === undefined ? '' : ` until ${formatTime(entry.until)}`
  return `${entry.name} is at ${entry.level}${until} (${reasonOf(entry)})`
}

const sourceTexts = {
  configuration: 'logs.level',
  file: 'logback.xml',
  group: 'set for the group',
  agent: 'set on this agent',
} as const

function reasonOf({ name, from, source }: LoggerList['loggers'][number]): string {
  return from === name ? sourceTexts[source] : `${from}, ${sourceTexts[source]}`
}
