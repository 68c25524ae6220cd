import type { Command } from 'commander'
import type { OperationState } from '../api/control.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatTable, formatTime } from './format.ts'
import type { CliIo } from './io.ts'

/** `agent state show`, `set` and `reset`. */
export function addStateCommand(program: Command, io: CliIo): void {
  const state = program.command('state').description('what operations remember: up to when their sources were read')

  withTarget(state.command('show').description('show up to when the last successful runs have read'))
    .argument('[operation]', 'only this operation')
    .action((operation: string | undefined, options: TargetOptions) =>
      withClient(io, options, async client => {
        const path = operation === undefined ? '/v1/state' : pathOf(operation)
        const list = await client.get<{ states: OperationState[] }>(path)
        print(io, options, list, () => statesText(list.states))
      }),
    )

  withTarget(state.command('set').description('let the next run read what has changed since a time'))
    .argument('<operation>', 'name of the operation')
    .argument('<time>', 'with its offset, like 2026-11-25T08:30:00Z')
    .action((operation: string, until: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const made = await client.put<OperationState>(pathOf(operation), { until })
        print(io, options, made, () => `the next run of ${made.operation} reads what has changed since ${made.until}\n`)
      }),
    )

  withTarget(state.command('reset').description('forget it: the next run reads as if it were the first'))
    .argument('<operation>', 'name of the operation')
    .action((operation: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const answer = await client.delete<{ reset: number }>(pathOf(operation))
        print(io, options, answer, () =>
          answer.reset === 0 ? `${operation} remembers nothing\n` : `${operation} begins anew\n`,
        )
      }),
    )
}

function pathOf(operation: string): string {
  return `/v1/state/${encodeURIComponent(operation)}`
}

function statesText(states: readonly OperationState[]): string {
  if (states.length === 0) return 'nothing is remembered\n'
  const rows = states.map(({ operation, connection, until, runId, savedAt }) => [
    operation,
    connection,
    until,
    runId ?? 'set by hand',
    formatTime(savedAt),
  ])
  return formatTable(['operation', 'connection', 'read up to', 'by run', 'saved'], rows)
}
