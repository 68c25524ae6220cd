import type { Command } from 'commander'
import type { ConnectionTest } from '../api/control.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { cureOf } from './errors.ts'
import { formatDuration } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'

/** `agent test-connection <name>`. */
export function addConnectionCommands(program: Command, io: CliIo): void {
  withTarget(
    program
      .command('test-connection')
      .argument('<name>', 'name of the connection: its file below connections, without .yaml')
      .description('test a connection of the project: who are we, what is missing'),
  ).action((name: string, options: TargetOptions) =>
    withClient(io, options, async client => {
      const test = await client.post<ConnectionTest>(`/v1/connections/${encodeURIComponent(name)}/test`)
      print(io, options, test, () => testText(test))
      if (!test.ok) io.setExitCode(exitCodes.runFailed.code)
    }),
  )
}

const marks = { passed: 'ok  ', warning: 'warn', failed: 'FAIL' } as const

function testText(test: ConnectionTest): string {
  const head = `${test.ok ? 'ok' : `FAILED ${test.code ?? ''}`}: ${test.message}\n`
  const checks = test.checks.map(({ name, status, message }) => `  ${marks[status]}  ${name}: ${message}\n`).join('')
  const cure = test.code === undefined ? undefined : cureOf(test.code)
  const foot = `  (${test.connection}: ${test.connector} ${test.version}, ${formatDuration(test.durationMs)})\n`
  return `${head}${checks}${cure === undefined ? '' : `  → ${cure}\n`}${foot}`
}
