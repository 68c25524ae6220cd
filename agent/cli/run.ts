import type { Command } from 'commander'
import type { RunDetail, RunGroup } from '../run/related.ts'
import { hasEnded, type RunMessage, type RunSummary } from '../run/status.ts'
import { print, printPainted, withClient, withTarget } from './agent-command.ts'
import type { ApiClient, TargetOptions } from './api-client.ts'
import { cureOf } from './errors.ts'
import { follow, messageText } from './follow.ts'
import { formatCount, formatDuration, formatFacts, formatTable, formatTime } from './format.ts'
import type { CliIo } from './io.ts'
import { createPaint, type Paint } from './paint.ts'

interface RunOptions extends TargetOptions {
  readonly follow?: boolean
  readonly cancel?: boolean
}

/** `agent run <id>` and `agent cancel <id>`. */
export function addRunCommands(program: Command, io: CliIo): void {
  withTarget(program.command('run').description('show a run: status, counts, messages'))
    .argument('<id>', 'id of the run')
    .option('-f, --follow', 'go on until it ends, with progress on a terminal')
    .option('--cancel', 'ask it to stop first')
    .action((id: string, options: RunOptions) =>
      withClient(io, options, async client => {
        const path = `/v1/runs/${encodeURIComponent(id)}`
        if (options.cancel === true) await client.post(`${path}/cancel`)
        if (options.follow === true) return printEnd(io, options, await follow(client, id, io, options.json === true))
        const run = await client.get<RunDetail>(path)
        const messages = await allMessages(client, path)
        printPainted(io, options, { ...run, messages }, paint => {
          return `${runText(run, paint)}\n${messages.map(message => messageText(message, paint)).join('')}`
        })
      }),
    )

  withTarget(program.command('cancel').description('ask a run to stop'))
    .argument('<id>', 'id of the run')
    .action((id: string, options: TargetOptions) =>
      withClient(io, options, async client => {
        const run = await client.post<RunSummary>(`/v1/runs/${encodeURIComponent(id)}/cancel`)
        print(io, options, run, () => `${run.runId}: ${hasEnded(run.status) ? run.status : 'is asked to stop'}\n`)
      }),
    )
}

/** Prints a run that was followed to its end: one more JSON line, or its text. Nothing after Ctrl-C. */
export function printEnd(io: CliIo, { json }: TargetOptions, run: RunDetail | undefined): void {
  if (run === undefined) return
  io.stdout.write(json === true ? `${JSON.stringify(run)}\n` : `\n${runText(run, createPaint(io))}`)
}

/** A run as people read it. */
export function runText(run: RunDetail, paint: Paint): string {
  const { counts } = run
  const facts = {
    run: run.runId,
    operation: run.operation,
    parent: run.parent === undefined ? undefined : namesOf(run.parent),
    'replay of': run.replayOf,
    status: run.status,
    error: run.error === undefined ? undefined : `${run.error.code}: ${run.error.message}`,
    'what to do': cureOf(run.error?.code ?? ''),
    submitted: `${formatTime(run.submittedAt)}${run.requestedBy === undefined ? '' : ` by ${run.requestedBy}`}`,
    started: formatTime(run.startedAt),
    ended: formatTime(run.endedAt),
    duration: run.durationMs === undefined ? undefined : formatDuration(run.durationMs),
    agent: `${run.agent}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`,
    source: run.source,
    target: run.target,
    read: counts.read,
    written: counts.written,
    filtered: counts.filtered || undefined,
    unchanged: counts.unchanged || undefined,
    rejected: counts.rejected || undefined,
    unknown: counts.unknown || undefined,
    children: countsText(run.children),
    'replayed in': countsText(run.replays),
  }
  const text = formatFacts(facts, (value, name) => {
    return name === 'status' ? paint(value, run.status) : paint(value, name === 'error' ? 'error' : undefined)
  })
  return `${text}${groupText('children', run.children, paint)}${groupText('replayed in', run.replays, paint)}`
}

function namesOf({ runId, operation }: NonNullable<RunSummary['parent']>): string {
  return operation === undefined ? runId : `${runId} (${operation})`
}

/** `4 runs: 1 error, 3 success`: the worst first. */
function countsText(group: RunGroup | undefined): string | undefined {
  if (group === undefined) return undefined
  const byStatus = Object.entries(group.byStatus).sort(([a], [b]) => rank(a) - rank(b))
  const told = byStatus.map(([status, count]) => `${formatCount(count)} ${status}`).join(', ')
  return `${formatCount(group.count)} ${group.count === 1 ? 'run' : 'runs'}: ${told}`
}

const worstFirst = ['error', 'canceled', 'success-with-child-error', 'success-with-warning']

function rank(status: string): number {
  return worstFirst.includes(status) ? worstFirst.indexOf(status) : worstFirst.length
}

function groupText(title: string, group: RunGroup | undefined, paint: Paint): string {
  if (group === undefined) return ''
  const rows = group.runs.map(run => [run.runId, run.operation, run.status])
  const table = formatTable([title, 'operation', 'status'], rows, {
    fit: { width: 120, heading: 'operation' },
    paint: (padded, cell, heading) => (heading === 'status' ? paint(padded, cell) : padded),
  })
  const left = group.count - group.runs.length
  return `\n${table}${left > 0 ? `and ${formatCount(left)} older\n` : ''}`
}

async function allMessages(client: ApiClient, path: string): Promise<readonly RunMessage[]> {
  const all: RunMessage[] = []
  let after = 0
  for (;;) {
    const part = await client.get<{ messages: RunMessage[]; next: number }>(`${path}/log?after=${after}&limit=1000`)
    if (part.messages.length === 0) return all
    all.push(...part.messages)
    after = part.next
  }
}
