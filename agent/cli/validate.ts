import type { Command } from 'commander'
import { openLoader } from '../connectors.ts'
import { type ConnectorSchemas, validateProject } from '../project/validate.ts'
import { guarded } from './agent-command.ts'
import { type ConfigOptions, loadFor, withConfig } from './config.ts'
import { type CliIo, exitCodes } from './io.ts'

/** `agent validate`. */
export function addValidateCommand(program: Command, io: CliIo): void {
  withConfig(
    program.command('validate').description('check the whole project folder offline; prints file:line: problem'),
  )
    .option('--json', 'print JSON')
    .action((options: ConfigOptions) =>
      guarded(io, options.json, async () => {
        const { config } = loadFor(options, io.env)
        const loader = openLoader(config)
        const problems = await validateProject(config.projectDir, async (name, version): Promise<ConnectorSchemas> => {
          const { connector } = await loader.load(name, version)
          return connector
        })
        const errors = problems.filter(({ severity }) => severity === 'error').length
        if (errors > 0) io.setExitCode(exitCodes.usage.code)
        if (options.json === true) return void io.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`)
        for (const { severity, message } of problems)
          io.stdout.write(`${severity === 'error' ? '' : 'warning: '}${message}\n`)
        io.stdout.write(`${config.projectDir}: ${errors} errors, ${problems.length - errors} warnings\n`)
      }),
    )
}
