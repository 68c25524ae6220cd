import { type Command, Option } from 'commander'
import { configFileSchema } from '../config/file-schema.ts'
import { loadConfig } from '../config/load.ts'
import { showConfig } from '../config/show.ts'
import { AgentError } from '../errors.ts'
import { levelsFileProblem } from '../logs/levels-file.ts'
import { guarded } from './agent-command.ts'
import { formatTable } from './format.ts'
import type { CliIo } from './io.ts'

/** Options that say where the configuration comes from. */
export interface ConfigOptions {
  readonly home?: string
  readonly config?: string
  readonly set: readonly string[]
  readonly json?: boolean
}

/** Adds the options of commands that read the configuration themselves. */
export function withConfig(command: Command): Command {
  return command
    .option('--home <dir>', 'agent home; default: AGENT_HOME, else the working directory')
    .option('--config <file>', 'configuration file; default: AGENT_CONFIG, else config/agent.yaml of the home')
    .addOption(
      new Option('--set <key=value>', 'set a key of the configuration; may be repeated')
        .argParser((text, sofar: string[]) => [...sofar, text])
        .default([], 'none'),
    )
}

/** Loads what the options name. */
export function loadFor({ home, config, set }: ConfigOptions, env: CliIo['env']): ReturnType<typeof loadConfig> {
  return loadConfig({ env, set, home, configFile: config })
}

/** `agent config check|show|schema`. */
export function addConfigCommand(program: Command, io: CliIo): void {
  const config = program.command('config').description('check and show the configuration, without starting anything')

  withConfig(
    config.command('check').description('check file, environment and flags, and the levels of loggers'),
  ).action((options: ConfigOptions) =>
    guarded(io, options.json, async () => {
      const problem = levelsFileProblem(loadFor(options, io.env).config.logs.levelsFile)
      if (problem !== undefined) throw new AgentError('CONFIG_INVALID', problem)
      io.stdout.write('the configuration is valid\n')
    }),
  )

  withConfig(config.command('show').description('show every key, its value and where it came from; secrets are masked'))
    .option('--json', 'print JSON')
    .action((options: ConfigOptions) =>
      guarded(io, options.json, async () => {
        const keys = showConfig(loadFor(options, io.env))
        const rows = keys.map(({ key, value, origin }) => [key, shown(value), origin])
        io.stdout.write(
          options.json === true ? `${JSON.stringify(keys, null, 2)}\n` : formatTable(['key', 'value', 'from'], rows),
        )
      }),
    )

  config
    .command('schema')
    .description('print the JSON Schema of the configuration file')
    .action(() => {
      io.stdout.write(`${JSON.stringify(configFileSchema(), null, 2)}\n`)
    })
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
