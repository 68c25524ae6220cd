import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { CliIo } from '../../agent/cli/io.ts'
import { createProgram } from '../../agent/cli/program.ts'
import { cliReference } from '../../agent/cli/reference.ts'

/** `docs/cli.md`: every command of the agent, and what the sandbox says of itself. */
export function cliPage(): string {
  const program = createProgram(silent(), {
    version: '',
    start: async () => undefined,
    sandbox: async () => undefined,
  })
  return `${cliReference(program)}\n${sandboxOptions()}`
}

/** A world in which no command is run. */
function silent(): CliIo {
  return {
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
    stdin: new PassThrough() as unknown as NodeJS.ReadStream, // nothing reads it
    env: {},
    signal: new AbortController().signal,
    setExitCode: () => undefined,
  }
}

/** The sandbox is a program of its own, so only itself can tell its options. */
function sandboxOptions(): string {
  const main = join(import.meta.dirname, '..', '..', 'connectors', 'bigcommerce', 'sandbox', 'main.js')
  const help = execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' })
  return ['## Options of sandbox', '', '```text', help.slice(help.indexOf('Options:')).trimEnd(), '```', ''].join('\n')
}
