import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { AgentError } from '../errors.ts'
import { encryptSecret, ensureKeyFile, readKey } from '../project/secrets.ts'
import { guarded } from './agent-command.ts'
import { type ConfigOptions, loadFor, withConfig } from './config.ts'
import { type CliIo, exitCodes } from './io.ts'

/** `agent secret encrypt`. */
export function addSecretCommand(program: Command, io: CliIo): void {
  const secret = program.command('secret').description('secrets of the project folder')

  withConfig(
    secret.command('encrypt').description('encrypt a secret from stdin, or typed without echo, for a connection file'),
  ).action((options: ConfigOptions) =>
    guarded(io, false, async () => {
      const { config } = loadFor(options, io.env)
      if (config.secrets.key === undefined) ensureKeyFile(config.secrets.keyFile)
      const plain = io.stdin.isTTY ? await ask(io) : (await readAll(io.stdin)).replace(/\r?\n$/, '')
      if (plain === undefined) return io.setExitCode(exitCodes.interrupted.code)
      if (plain === '')
        throw new AgentError('REQUEST_INVALID', 'the secret is empty; type it, or pipe it into the command')
      io.stdout.write(`encrypted: ${encryptSecret(plain, readKey(config.secrets))}\n`)
    }),
  )
}

/** One line from the terminal, which does not show it; undefined when Ctrl-C or Ctrl-D comes instead. */
async function ask({ stdin, stderr }: CliIo): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: stdin, output: silent, terminal: true })
  stderr.write('secret (not shown): ')
  try {
    return await new Promise(resolve => {
      // While the line is read the terminal is raw, so Ctrl-C is a key that closes it and no signal.
      terminal.once('close', () => resolve(undefined))
      terminal.question('', resolve)
    })
  } finally {
    terminal.close()
    stderr.write('\n')
  }
}
