import type { Command } from 'commander'
import type { CliIo } from './io.ts'

/** `agent version`. */
export function addVersionCommand(program: Command, io: CliIo, version: string): void {
  program
    .command('version')
    .description('print the version of the agent')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => {
      const facts = { version, node: process.version, platform: `${process.platform} ${process.arch}` }
      io.stdout.write(options.json === true ? `${JSON.stringify(facts)}\n` : `${version}\n`)
    })
}
