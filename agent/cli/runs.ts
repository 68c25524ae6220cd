import { type Command, Option } from 'commander'
import { type RunSummary, runStatuses } from '../run/status.ts'
import { printPainted, withClient, withTarget } from './agent-command.ts'
import type { ApiClient, TargetOptions } from './api-client.ts'
import { formatDuration, formatTable, formatTime } from './format.ts'
import type { CliIo } from './io.ts'
import type { Paint } from './paint.ts'

/** What `agent runs` hands on as it is. */
const filters = [
  ...['operation', 'status', 'agent', 'parent', 'from', 'to', 'text', 'sort', 'limit', 'before', 'cursor', 'format'],
] as const

type RunsOptions = TargetOptions & { readonly [name in string]?: string | boolean }

interface RunsAnswer {
  readonly runs: readonly RunSummary[]
  readonly next?: number
  readonly incomplete?: true
}

const usualLimit = '20'
const tableWidth = 120

/** `agent runs`. */
export function addRunsCommand(program: Command, io: CliIo): void {
  withTarget(program.command('runs').description('list, search and export runs, newest first'))
    .option('--operation <name>', 'only runs of this operation')
    .addOption(new Option('--status <status>', 'only runs of this status').choices(runStatuses))
    .option('--agent <name>', 'only runs this agent ran last, or took')
    .option('--parent <run>', 'only children of this run')
    .option('--from <time>', 'submitted then or later: 90s, 30m, 2h, 3d, or an ISO time')
    .option('--to <time>', 'submitted before')
    .option('--text <words>', 'only runs with a message in which words begin so, or its code')
    .addOption(new Option('--sort <order>', 'which come first; default: newest').choices(['newest', 'oldest']))
    .option('--limit <number>', `how many, 1 to 200; default: ${usualLimit}, with --format all`)
    .option('--before <cursor>', 'only runs older than this one')
    .option('--cursor <cursor>', 'go on behind this run, in the order of the list; what the last page told')
    .addOption(new Option('--format <format>', 'all columns of all runs that fit').choices(['ndjson', 'csv']))
    .action((options: RunsOptions) =>
      withClient(io, options, async client => {
        const query = queryOf(options)
        if (options['format'] !== undefined) {
          for await (const line of client.stream(`/v1/runs?${query}`)) io.stdout.write(`${line}\n`)
          return
        }
        if (!query.has('limit')) query.set('limit', usualLimit)
        const list = await fullPage(client, query)
        printPainted(io, options, list, paint => runsText(list.runs, paint))
        if (options.json !== true && list.next !== undefined) io.stderr.write(`more: --cursor ${list.next}\n`)
      }),
    )
}

/** Asks on while the agent answers with less than was wanted because the search takes long. */
async function fullPage(client: ApiClient, query: URLSearchParams): Promise<RunsAnswer> {
  const limit = Number(query.get('limit'))
  const runs: RunSummary[] = []
  for (;;) {
    const { incomplete, ...answer } = await client.get<RunsAnswer>(`/v1/runs?${query}`)
    runs.push(...answer.runs)
    if (incomplete !== true || answer.next === undefined) return { ...answer, runs }
    query.set('cursor', String(answer.next))
    query.set('limit', String(limit - runs.length))
  }
}

function queryOf(options: RunsOptions): URLSearchParams {
  const query = new URLSearchParams()
  for (const name of filters) if (options[name] !== undefined) query.set(name, String(options[name]))
  return query
}

function runsText(runs: readonly RunSummary[], paint: Paint): string {
  if (runs.length === 0) return 'no runs\n'
  const rows = runs.map(run => [
    run.runId,
    run.operation,
    run.status,
    formatTime(run.submittedAt).slice(5),
    run.durationMs === undefined ? '' : formatDuration(run.durationMs),
    run.counts.read,
    run.counts.written,
    run.counts.rejected + run.counts.unknown,
  ])
  return formatTable(['run', 'operation', 'status', 'submitted', 'duration', 'read', 'written', 'failed'], rows, {
    fit: { width: tableWidth, heading: 'operation' },
    paint: (padded, cell, heading) => (heading === 'status' ? paint(padded, cell) : padded),
  })
}
