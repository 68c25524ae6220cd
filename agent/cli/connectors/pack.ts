import type { Command } from 'commander'
import { packConnector } from '../../registry/pack.ts'
import { signingKeyFrom } from '../../registry/signing-key.ts'
import { guarded } from '../agent-command.ts'
import type { CliIo } from '../io.ts'

/** `agent connectors pack`. */
export function addPackCommand(group: Command, io: CliIo): void {
  group
    .command('pack')
    .argument('<folder>', 'folder of a built connector: package.json, its main file, perhaps a connector.json')
    .description('pack a connector into <name>-<version>.tgz, and sign it when there is a key')
    .option('--out <dir>', 'folder for the package', '.')
    .option('--key <file>', 'private key; default: AGENT_SIGNING_KEY, a file or the key itself')
    .action((folder: string, options: { out: string; key?: string }) =>
      guarded(io, false, async () => {
        const given = options.key ?? io.env['AGENT_SIGNING_KEY']
        const origin = options.key === undefined ? 'AGENT_SIGNING_KEY' : `--key ${options.key}`
        const key = given === undefined || given === '' ? undefined : signingKeyFrom(given, origin)
        const { file, manifest } = await packConnector(folder, { out: options.out, key })
        const { files, signature } = manifest
        const signed = signature === undefined ? 'NOT SIGNED' : `signed with ${signature.keyId}`
        io.stdout.write(`${file}: ${manifest.name} ${manifest.version}, ${files.length} files, ${signed}\n`)
      }),
    )
}
