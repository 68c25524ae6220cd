import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { AgentError, toError } from '../../errors.ts'
import { generateKeys } from '../../registry/signature.ts'
import { guarded } from '../agent-command.ts'
import type { CliIo } from '../io.ts'

/** `agent connectors keygen`. */
export function addKeygenCommand(group: Command, io: CliIo): void {
  group
    .command('keygen')
    .description('make a key pair to sign connectors with; prints what agents need to trust it')
    .option('--out <dir>', 'folder for signing-<id>.key, which is secret, and signing-<id>.pub', '.')
    .action(({ out }: { out: string }) =>
      guarded(io, false, async () => {
        const { trusted, privateKey } = generateKeys()
        const file = join(out, `signing-${trusted.id}`)
        try {
          mkdirSync(out, { recursive: true, mode: 0o700 })
          writeFileSync(`${file}.key`, privateKey, { mode: 0o600, flag: 'wx' })
          writeFileSync(`${file}.pub`, `${JSON.stringify(trusted)}\n`, { mode: 0o644, flag: 'wx' })
        } catch (cause) {
          throw new AgentError('REQUEST_INVALID', `the keys cannot be written: ${toError(cause).message}`, { cause })
        }
        io.stdout.write(`private key: ${file}.key (keep it secret; only its owner can read it)\n`)
        io.stdout.write(`public key:  ${file}.pub\n`)
        io.stdout.write('agents trust it with these lines in config/agent.yaml:\n\n')
        io.stdout.write('connectors:\n  trustedKeys:\n')
        io.stdout.write(`    - id: "${trusted.id}"\n      publicKey: ${trusted.publicKey}\n`)
      }),
    )
}
