import type { Command } from 'commander'
import { hasEnded, type RunMessage, type RunSummary } from '../run/status.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { ApiClient, TargetOptions } from './api-client.ts'
import { follow, messageText } from './follow.ts'
import { formatDuration, formatFacts, formatTime, plain } from './format.ts'
import type { CliIo } from './io.ts'

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
        const run = await client.get<RunSummary>(path)
        const messages = await allMessages(client, path)
        print(io, options, { ...run, messages }, () => `${runText(run)}\n${messages.map(messageText).join('')}`)
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
export function printEnd(io: CliIo, { json }: TargetOptions, run: RunSummary | undefined): void {
  if (run !== undefined) io.stdout.write(json === true ? `${JSON.stringify(run)}\n` : `\n${plain(runText(run))}`)
}

/** A run as people read it. */
export function runText(run: RunSummary): string {
  const { counts } = run
  return formatFacts({
    run: run.runId,
    operation: run.operation,
    'replay of': run.replayOf,
    status: run.status,
    error: run.error === undefined ? undefined : `${run.error.code}: ${run.error.message}`,
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
  })
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
