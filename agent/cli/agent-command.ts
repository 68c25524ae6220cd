import type { Command } from 'commander'
import { type ApiClient, openClient, type TargetOptions } from './api-client.ts'
import { tellError } from './errors.ts'
import { plain } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'
import { createPaint, type Paint } from './paint.ts'

/** Adds the options of every command that talks to an agent. */
export function withTarget(command: Command): Command {
  return command
    .option('--home <dir>', 'agent home; default: AGENT_HOME, else the working directory')
    .option(
      '--url <url>',
      'address of the agent; default: AGENT_URL, else what the agent of the home left in var/agent.url',
    )
    .option('--token <token>', 'bearer token; default: AGENT_API_TOKEN')
    .option('--token-file <file>', 'file with the token; default: AGENT_API_TOKEN_FILE, else var/api-token of the home')
    .option('--json', 'print JSON')
}

/** Runs the work of a command; what it throws is told and becomes the exit code. Ctrl-C is no error to tell. */
export async function guarded(io: CliIo, isJson: boolean | undefined, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (io.signal.aborted) return io.setExitCode(exitCodes.interrupted.code)
    tellError(io, thrown, isJson === true)
  }
}

/** Runs the work of a command over the API of the agent that its options name. */
export function withClient(
  io: CliIo,
  options: TargetOptions,
  work: (client: ApiClient) => Promise<void>,
): Promise<void> {
  return guarded(io, options.json, () => work(openClient(options, io.env, io.signal)))
}

/** Prints a value as JSON with `--json`, else the text. */
export function print(io: CliIo, options: TargetOptions, value: unknown, text: () => string): void {
  io.stdout.write(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : plain(text()))
}

/** As `print`, for a text in colours, which has to make what it tells plain by itself. */
export function printPainted(io: CliIo, options: TargetOptions, value: unknown, text: (paint: Paint) => string): void {
  io.stdout.write(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : text(createPaint(io)))
}
