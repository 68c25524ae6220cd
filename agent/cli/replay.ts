import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import type { ReplayAnswer, ReplayRequest } from '../api/rejected.ts'
import { AgentError, toError } from '../errors.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { follow } from './follow.ts'
import { formatCount } from './format.ts'
import type { CliIo } from './io.ts'
import { printEnd } from './run.ts'

interface ReplayOptions extends TargetOptions {
  readonly only?: string
  readonly code?: string
  readonly includeUnknown?: boolean
  readonly from?: string
  readonly again?: boolean
  readonly runId?: string
  readonly requestedBy?: string
  readonly follow?: boolean
}

/** `agent replay <run>`. */
export function addReplayCommand(program: Command, io: CliIo): void {
  withTarget(program.command('replay').description('run just the rejected records of a run again, in a new run'))
    .argument('<run>', 'id of the run')
    .option('--only <numbers>', 'only these, like 3,17-20')
    .option('--code <code>', 'only those refused with this code')
    .option('--include-unknown', 'also those in doubt; what was written after all may double')
    .option('--from <file>', 'only the lines of this file: an export (ndjson), edited')
    .option('--again', 'also those that have been replayed already')
    .option('--run-id <id>', 'an id of your own: the same id twice is one run')
    .option('--requested-by <who>', 'who asks, for the operation log')
    .option('-f, --follow', 'show messages and progress until it ends')
    .action((run: string, options: ReplayOptions) =>
      withClient(io, options, async client => {
        const request = await requestOf(options)
        if (options.includeUnknown === true)
          io.stderr.write('warning: records in doubt that were written after all may be doubled\n')
        const answer = await client.post<ReplayAnswer>(`/v1/runs/${encodeURIComponent(run)}/replay`, request)
        const { runId } = answer.run
        if (options.follow !== true) return print(io, options, answer, () => answerText(answer))
        if (options.json !== true) io.stdout.write(answerText(answer))
        printEnd(io, options, await follow(client, runId, io, options.json === true))
      }),
    )
}

function answerText({ run, records, leftOut }: ReplayAnswer): string {
  const left = leftOut === 0 ? '' : `; ${formatCount(leftOut)} left out, replayed already`
  return `run ${run.runId}: ${formatCount(records)} records of run ${run.replayOf} again${left}\n`
}

async function requestOf(options: ReplayOptions): Promise<ReplayRequest> {
  const { only, code, includeUnknown, from, again, runId, requestedBy } = options
  return {
    ...(only === undefined ? {} : { only }),
    ...(code === undefined ? {} : { code }),
    ...(includeUnknown === true ? { includeUnknown } : {}),
    ...(from === undefined ? {} : { records: await readEdited(from) }),
    ...(again === true ? { again } : {}),
    ...(runId === undefined ? {} : { runId }),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  }
}

/** The records of an edited export; what else its lines tell is not looked at. */
async function readEdited(file: string): Promise<NonNullable<ReplayRequest['records']>> {
  const records: NonNullable<ReplayRequest['records']> = []
  let line = 0
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1
      // Editors may put a byte order mark before all.
      const plain = line === 1 ? text.replace(/^\ufeff/, '') : text
      if (plain.trim() !== '') records.push({ ...editedOf(plain, `${file}:${line}`), line })
    }
  } catch (thrown) {
    if (thrown instanceof AgentError) throw thrown
    throw new AgentError('CONFIG_INVALID', `${file} cannot be read: ${toError(thrown).message}`, { cause: thrown })
  }
  if (records.length === 0) throw new AgentError('REQUEST_INVALID', `${file} holds no records`)
  return records
}

function editedOf(text: string, where: string): { number: number; record: { [field: string]: unknown } } {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (thrown) {
    throw new AgentError('REQUEST_INVALID', `${where}: is no JSON: ${toError(thrown).message}`, { cause: thrown })
  }
  const { number, record } = (parsed ?? {}) as { number?: unknown; record?: unknown } // both are looked at below
  if (!Number.isInteger(number)) throw new AgentError('REQUEST_INVALID', `${where}: has no number of a record`)
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw new AgentError('REQUEST_INVALID', `${where}: has no record`)
  return { number: Number(number), record: record as { [field: string]: unknown } } // an object of JSON
}
