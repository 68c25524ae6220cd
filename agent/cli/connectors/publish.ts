import type { Command } from 'commander'
import { AgentError } from '../../errors.ts'
import { publish } from '../../registry/publish.ts'
import { guarded } from '../agent-command.ts'
import type { CliIo } from '../io.ts'

/** `agent connectors publish`. */
export function addPublishCommand(group: Command, io: CliIo): void {
  group
    .command('publish')
    .argument('<package>', 'packed connector (.tgz)')
    .description('publish a packed connector; a version that is there already is never overwritten')
    .requiredOption('--registry <where>', 'address of an npm-compatible registry, or a folder')
    .option('--token-env <name>', 'environment variable with the token of the registry')
    .option('--tag <tag>', 'channel of the version (dist-tag) in an npm-compatible registry', 'latest')
    .action((file: string, options: { registry: string; tokenEnv?: string; tag: string }) =>
      guarded(io, false, async () => {
        const { registry, tokenEnv, tag } = options
        const token = tokenEnv === undefined ? undefined : io.env[tokenEnv]
        if (tokenEnv !== undefined && (token === undefined || token === '')) {
          throw new AgentError('REQUEST_INVALID', `the environment variable ${tokenEnv} of --token-env is not set`)
        }
        io.stdout.write(`published ${await publish(file, { registry, token, tag }, io.signal)}\n`)
      }),
    )
}
