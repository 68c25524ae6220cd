import type { Command } from 'commander'
import { writeBundle } from '../doctor/support-bundle.ts'
import { guarded } from './agent-command.ts'
import { openClient } from './api-client.ts'
import { wholeNumber } from './arguments.ts'
import { type ConfigOptions, loadFor, withConfig } from './config.ts'
import { plain } from './format.ts'
import type { CliIo } from './io.ts'

type BundleCommandOptions = ConfigOptions & { readonly output?: string; readonly lines: number }

/** `agent support-bundle`. */
export function addSupportBundleCommand(program: Command, io: CliIo, version: string): void {
  withConfig(
    program
      .command('support-bundle')
      .description('pack configuration, status, last log lines and runs, versions and what the doctor finds, redacted'),
  )
    .option('--output <file>', 'file to write; default: support-<agent>-<time>.tgz in the working directory')
    .option('--lines <number>', 'how many of the last lines of all logs', wholeNumber, 5_000)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nWorks with a stopped agent too. Look into the file before you send it.')
    .action((options: BundleCommandOptions) =>
      guarded(io, options.json, async () => {
        const loaded = loadFor(options, io.env)
        const moment = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
        const file = options.output ?? `support-${loaded.config.agent.name}-${moment}.tgz`
        const client = openClient({ home: loaded.home }, io.env, io.signal)
        const status = () => client.get<unknown>('/v1/status')
        const { lines } = options
        const files = await writeBundle(loaded, { file, version, lines, status, signal: io.signal })
        io.stdout.write(
          options.json === true
            ? `${JSON.stringify({ file, files }, null, 2)}\n`
            : plain(`${file}: ${files.join(', ')}\n`),
        )
      }),
    )
}
