import type { Command } from 'commander'
import { signRelease } from '../../registry/pack.ts'
import { signingKeyFrom } from '../../registry/signing-key.ts'
import { guarded } from '../agent-command.ts'
import type { CliIo } from '../io.ts'

/** `agent connectors sign`. */
export function addSignCommand(group: Command, io: CliIo): void {
  group
    .command('sign')
    .argument('<release>', 'packed connector (.tgz), or the folder of a release')
    .description('check the files of a release and sign it, in place of any signature it had')
    .requiredOption('--key <file>', 'private key, as keygen made it')
    .action((release: string, options: { key: string }) =>
      guarded(io, false, async () => {
        const key = signingKeyFrom(options.key, `--key ${options.key}`)
        const { name, version, signature } = await signRelease(release, key, io.signal)
        io.stdout.write(`${release}: ${name} ${version}, signed with ${signature?.keyId}\n`)
      }),
    )
}
