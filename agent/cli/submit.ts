import { type Command, Option } from 'commander'
import type { RunSummary } from '../run/status.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { type NamedTexts, namedText, wholeNumber } from './arguments.ts'
import { follow } from './follow.ts'
import type { CliIo } from './io.ts'
import { printEnd } from './run.ts'

interface SubmitOptions extends TargetOptions {
  readonly var: NamedTexts
  readonly runId?: string
  readonly timeout?: number
  readonly requestedBy?: string
  readonly parent?: string
  readonly debug?: boolean
  readonly follow?: boolean
}

/** `agent submit <operation>`. */
export function addSubmitCommand(program: Command, io: CliIo): void {
  withTarget(program.command('submit').description('put a run of an operation of the project on the queue'))
    .argument('<operation>', 'name of the operation: its file below operations, without .yaml')
    .addOption(
      new Option('--var <name=value>', 'give a variable a value; may be repeated')
        .argParser(namedText)
        .default({}, 'none'),
    )
    .option('--run-id <id>', 'an id of your own: the same id twice is one run')
    .option('--timeout <seconds>', 'longest time the run may be worked on', wholeNumber)
    .option('--requested-by <who>', 'who asks, for the operation log')
    .option('--parent <run>', 'the run this one belongs to')
    .option('--debug', 'write the debug log of this run, and log its connectors at debug level')
    .option('-f, --follow', 'show messages and progress until it ends')
    .action((operation: string, options: SubmitOptions) =>
      withClient(io, options, async client => {
        const path = `/v1/operations/${encodeURIComponent(operation)}/runs`
        const run = await client.post<RunSummary>(path, requestOf(options))
        if (options.follow !== true) return print(io, options, run, () => `${run.runId}\n`)
        if (options.json !== true) io.stdout.write(`run ${run.runId}\n`)
        printEnd(io, options, await follow(client, run.runId, io, options.json === true))
      }),
    )
}

function requestOf({ var: variables, runId, timeout, requestedBy, parent, debug }: SubmitOptions): object {
  return {
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(runId === undefined ? {} : { runId }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
    ...(parent === undefined ? {} : { parent: { runId: parent } }),
    ...(debug === true ? { debug: { enabled: true } } : {}),
  }
}
