import { Command, CommanderError } from 'commander'
import { guarded } from './agent-command.ts'
import { addConfigCommand, type ConfigOptions, withConfig } from './config.ts'
import { addConnectionCommands } from './connections.ts'
import { addConnectorCommands } from './connectors/group.ts'
import { addDebugCommand } from './debug.ts'
import { addDoctorCommand } from './doctor.ts'
import { addDrainCommands } from './drain.ts'
import { addExamples } from './examples.ts'
import { type CliIo, exitCodes } from './io.ts'
import { addLoggersCommand } from './loggers.ts'
import { addLogsCommand } from './logs.ts'
import { addObjectsCommand } from './objects.ts'
import { addPacingCommand } from './pacing.ts'
import { addPolicyCommand } from './policy.ts'
import { addQueryCommand } from './query.ts'
import { addRejectedCommand } from './rejected.ts'
import { addReplayCommand } from './replay.ts'
import { addRunCommands } from './run.ts'
import { addRunsCommand } from './runs.ts'
import { addSchemaCommand } from './schema.ts'
import { addSecretCommand } from './secret.ts'
import { addStateCommand } from './state.ts'
import { addStatusCommand } from './status.ts'
import { addSubmitCommand } from './submit.ts'
import { addSupportBundleCommand } from './support-bundle.ts'
import { addValidateCommand } from './validate.ts'
import { addVersionCommand } from './version.ts'

/** What the command line does not do itself. */
export interface Actions {
  readonly version: string
  /** Starts an agent and resolves when it has stopped. */
  readonly start: (options: ConfigOptions) => Promise<void>
  /** Starts the sandbox store with these arguments and resolves when it has stopped. */
  readonly sandbox: (args: readonly string[]) => Promise<void>
}

/** The command `agent …`, not parsed yet. */
export function createProgram(io: CliIo, actions: Actions): Command {
  const program = new Command('agent')
    .description('A self-hosted integration agent for commerce data.')
    .exitOverride()
    .configureOutput({ writeOut: text => io.stdout.write(text), writeErr: text => io.stderr.write(text) })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.values(exitCodes)
        .map(({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}\n`)
        .join('')}`,
    )

  withConfig(
    program.command('start').description('start the agent in the foreground; SIGTERM or Ctrl-C drains and stops it'),
  ).action((options: ConfigOptions) => guarded(io, options.json, () => actions.start(options)))
  addStatusCommand(program, io)
  addPacingCommand(program, io)
  addSubmitCommand(program, io)
  addRunsCommand(program, io)
  addRunCommands(program, io)
  addRejectedCommand(program, io)
  addReplayCommand(program, io)
  addDrainCommands(program, io)
  addLogsCommand(program, io)
  addLoggersCommand(program, io)
  addDebugCommand(program, io)
  addPolicyCommand(program, io)
  addConnectionCommands(program, io)
  addConnectorCommands(program, io)
  addObjectsCommand(program, io)
  addSchemaCommand(program, io)
  addQueryCommand(program, io)
  addStateCommand(program, io)
  addConfigCommand(program, io)
  addSecretCommand(program, io)
  addValidateCommand(program, io)
  addDoctorCommand(program, io)
  addSupportBundleCommand(program, io, actions.version)
  program
    .command('sandbox')
    .description('start an emulator of a BigCommerce store, for demos and tests')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument('[options...]', 'what agent sandbox --help tells')
    .action((args: readonly string[]) => guarded(io, false, () => actions.sandbox(args)))
  addVersionCommand(program, io, actions.version)
  addExamples(program)
  return program
}

/** Parses the arguments and runs the command. Never rejects; the exit code tells how it went. */
export async function runProgram(program: Command, args: readonly string[], io: CliIo): Promise<void> {
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    // Commander has told what was wrong; help and version are no failures.
    io.setExitCode(thrown.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code)
  }
}
