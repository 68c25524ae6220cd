import { type Command, Option } from 'commander'
import { type RunSummary, runStatuses } from '../run/status.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { formatDuration, formatTable, formatTime } from './format.ts'
import type { CliIo } from './io.ts'

interface RunsOptions extends TargetOptions {
  readonly operation?: string
  readonly status?: string
  readonly limit?: string
  readonly before?: string
}

/** `agent runs`. */
export function addRunsCommand(program: Command, io: CliIo): void {
  withTarget(program.command('runs').description('list runs, newest first'))
    .option('--operation <name>', 'only runs of this operation')
    .addOption(new Option('--status <status>', 'only runs of this status').choices(runStatuses))
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--before <cursor>', 'only runs older than this one; the last column of the list')
    .action((options: RunsOptions) =>
      withClient(io, options, async client => {
        const { operation, status, limit, before } = options
        const given = Object.entries({ operation, status, limit, before }).filter(([, value]) => value !== undefined)
        const query = new URLSearchParams(given as [string, string][]) // undefined was filtered out
        const list = await client.get<{ runs: RunSummary[]; next?: number }>(`/v1/runs?${query}`)
        print(io, options, list, () => runsText(list.runs))
      }),
    )
}

function runsText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'no runs\n'
  const rows = runs.map(run => [
    run.runId,
    run.operation,
    run.status,
    formatTime(run.submittedAt),
    run.durationMs === undefined ? '' : formatDuration(run.durationMs),
    run.counts.read,
    run.counts.written,
    run.counts.rejected + run.counts.unknown,
    String(run.cursor),
  ])
  return formatTable(
    ['run', 'operation', 'status', 'submitted', 'duration', 'read', 'written', 'failed', 'cursor'],
    rows,
  )
}
