import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { RejectedList } from '../api/rejected.ts'
import { AgentError, errorCode, toError } from '../errors.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { ApiClient, TargetOptions } from './api-client.ts'
import { wholeNumber } from './arguments.ts'
import { formatTable } from './format.ts'
import type { CliIo } from './io.ts'

type Format = 'ndjson' | 'csv' | 'table'
interface RejectedOptions extends TargetOptions {
  readonly format?: Format
  readonly output?: string
  readonly code?: string
  readonly status?: string
  readonly limit?: number
}

/** `agent rejected <run>`. */
export function addRejectedCommand(program: Command, io: CliIo): void {
  withTarget(
    program.command('rejected').description('list or export the records a run did not write, with their cause'),
  )
    .argument('<run>', 'id of the run')
    .addOption(
      new Option(
        '--format <format>',
        'default: by the name of the output, else table on a terminal, ndjson when piped',
      ).choices(['ndjson', 'csv', 'table']),
    )
    .option('-o, --output <file>', 'write them into a file')
    .option('--code <code>', 'only those refused with this code')
    .addOption(new Option('--status <status>', 'only those of this status').choices(['rejected', 'unknown']))
    .option('--limit <number>', 'at most so many; default: all', wholeNumber)
    .action((run: string, options: RejectedOptions) =>
      withClient(io, options, async client => {
        const path = `/v1/runs/${encodeURIComponent(run)}/rejected`
        const format = formatOf(options, io)
        if (format !== 'table' && options.json !== true)
          return write(client.stream(`${path}?${queryOf(options, { format })}`), options, io)
        const records = await allRecords(client, path, options)
        if (options.output === undefined) return print(io, options, { records }, () => tableText(records))
        await write(
          [options.json === true ? JSON.stringify({ records }, null, 2) : tableText(records).trimEnd()],
          options,
          io,
        )
      }),
    )
}

function formatOf({ format, output }: RejectedOptions, { stdout }: CliIo): Format {
  if (format !== undefined) return format
  if (output !== undefined) return output.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson'
  return stdout.isTTY === true ? 'table' : 'ndjson'
}

function queryOf(
  { code, status, limit }: RejectedOptions,
  more: { readonly [name: string]: unknown },
): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ code, status, limit, ...more })) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query
}

const pageRecords = 1_000

async function allRecords(client: ApiClient, path: string, options: RejectedOptions): Promise<RejectedList['records']> {
  const all: RejectedList['records'] = []
  const most = options.limit ?? Number.POSITIVE_INFINITY
  let after: number | undefined = 0
  while (after !== undefined && all.length < most) {
    const limit = Math.min(pageRecords, most - all.length)
    const page: RejectedList = await client.get(`${path}?${queryOf(options, { after, limit })}`)
    all.push(...page.records)
    after = page.next
  }
  return all
}

const messageWidth = 60

function tableText(records: RejectedList['records']): string {
  if (records.length === 0) return 'no rejected records\n'
  const rows = records.map(({ number, status, code = '', message, requestId = '', attempt, replayedIn, outcome }) => [
    number,
    status,
    code,
    message.length > messageWidth ? `${message.slice(0, messageWidth - 1)}…` : message,
    requestId,
    attempt,
    replayedIn === undefined ? '' : `${replayedIn}${outcome === undefined ? '' : `: ${outcome}`}`,
  ])
  return formatTable(['number', 'status', 'code', 'message', 'request', 'attempt', 'replayed in'], rows)
}

/** Writes lines to the file that was asked for, or to stdout. */
async function write(
  lines: Iterable<string> | AsyncIterable<string>,
  { output }: RejectedOptions,
  io: CliIo,
): Promise<void> {
  if (output === undefined) {
    for await (const line of lines) io.stdout.write(`${line}\n`)
    return
  }
  let sizeBytes = 0
  async function* texts(): AsyncGenerator<string> {
    for await (const line of lines) {
      sizeBytes += Buffer.byteLength(line) + 1
      yield `${line}\n`
    }
  }
  try {
    // It holds business data: not for everybody.
    await writeFile(output, texts(), { mode: 0o600 })
  } catch (thrown) {
    if (errorCode(thrown) !== undefined || io.signal.aborted) throw thrown
    throw new AgentError('CONFIG_INVALID', `${output} cannot be written: ${toError(thrown).message}`, { cause: thrown })
  }
  io.stderr.write(`${output}: ${sizeBytes.toLocaleString('en-US')} bytes\n`)
}
