import { createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import type { DebugAnswer, DebugList, DebugReset, DebugRun } from '../api/debug.ts'
import { AgentError } from '../errors.ts'
import { debugSteps } from '../logs/debug-files.ts'
import { print, withClient, withTarget } from './agent-command.ts'
import type { TargetOptions } from './api-client.ts'
import { momentAhead, wholeNumber } from './arguments.ts'
import { answerText, debugLineText, listText, resetText, stepsText } from './debug-text.ts'
import { plain } from './format.ts'
import type { CliIo } from './io.ts'

interface SwitchOptions extends TargetOptions {
  readonly run?: string
  readonly agent?: boolean
  readonly group?: boolean
  readonly for?: string
  readonly until?: string
  readonly children?: boolean
}

interface ShowOptions extends TargetOptions {
  readonly step: (typeof debugSteps)[number]
  readonly limit?: number
}

/** `agent debug list`, `on`, `off`, `show` and `download`; by itself it lists. */
export function addDebugCommand(program: Command, io: CliIo): void {
  const debug = program.command('debug').description('debug logs of runs: what is read, sent and answered, and when')
  addList(debug, io)
  addSwitches(debug, io)
  addShow(debug, io)
  addDownload(debug, io)
}

function addList(debug: Command, io: CliIo): void {
  withTarget(
    debug.command('list', { isDefault: true }).description('what is switched on, and which runs have debug data'),
  )
    .option('--limit <number>', 'how many runs at most', wholeNumber, 20)
    .action((options: TargetOptions & { readonly limit: number }) =>
      withClient(io, options, async client => {
        const list = await client.get<DebugList>(`/v1/debug?limit=${options.limit}`)
        print(io, options, list, () => listText(list))
      }),
    )
}

function addSwitches(debug: Command, io: CliIo): void {
  withWhat(debug.command('on').description('switch debug logging on, for a time'))
    .option('--for <time>', 'how long: 90s, 30m, 2h, 3d; at most 14d; default: 1h')
    .option('--until <time>', 'until when: 17:30, "2026-11-25 17:30" (local time), or ISO with an offset', momentAhead)
    .option('--children', 'of an operation: runs too whose parent is a run of it')
    .action((operation: string | undefined, options: SwitchOptions) =>
      withClient(io, options, async client => {
        const { for: duration, until, children, group } = options
        const setting = { for: duration, until, children, group }
        const answer = await client.put<DebugAnswer>(pathOf(operation, options), setting)
        print(io, options, answer, () => answerText(answer))
        const what =
          answer.target === 'operation' ? 'the project of this agent has no operation' : 'this agent has no run'
        if (!answer.known) io.stderr.write(`${plain(`${what} ${JSON.stringify(answer.name)} yet`)}\n`)
      }),
    )
  withWhat(debug.command('off').description('switch debug logging off')).action(
    (operation: string | undefined, options: SwitchOptions) =>
      withClient(io, options, async client => {
        const path = `${pathOf(operation, options)}?group=${options.group === true}`
        const answer = await client.delete<DebugReset>(path)
        print(io, options, answer, () => resetText(answer))
      }),
  )
}

function withWhat(command: Command): Command {
  return withTarget(command)
    .argument('[operation]', 'name of an operation: all its runs')
    .option('--run <id>', 'one run instead, under way or not submitted yet')
    .option('--agent', 'every run instead')
    .option('--group', 'on all agents of the group')
}

function pathOf(operation: string | undefined, { run, agent }: SwitchOptions): string {
  const wanted = [operation, run, agent === true ? 'agent' : undefined].filter(each => each !== undefined)
  if (wanted.length !== 1) throw new AgentError('REQUEST_INVALID', 'name an operation, or --run <id>, or --agent')
  if (operation !== undefined) return `/v1/debug/operations/${encodeURIComponent(operation)}`
  return run === undefined ? '/v1/debug/agent' : `/v1/debug/runs/${encodeURIComponent(run)}`
}

function addShow(debug: Command, io: CliIo): void {
  withTarget(debug.command('show').description('show the debug data of a run'))
    .argument('<run>', 'id of the run')
    .addOption(
      new Option('--step <step>', 'what of it: stages and requests, records read, records sent, who asked')
        .choices(debugSteps)
        .default('events'),
    )
    .option('--limit <lines>', 'how many lines at most; default: 200, with --json all', wholeNumber)
    .action((id: string, options: ShowOptions) =>
      withClient(io, options, async client => {
        const path = `/v1/runs/${encodeURIComponent(id)}/debug`
        const isJson = options.json === true
        const limit = options.limit ?? (isJson ? undefined : 200)
        // One more, to know whether there are more.
        const query = limit === undefined ? '' : `?limit=${isJson ? limit : limit + 1}`
        if (!isJson) io.stdout.write(plain(stepsText(await client.get<DebugRun>(path), options.step)))
        let count = 0
        for await (const line of client.stream(`${path}/${options.step}${query}`)) {
          count += 1
          if (!isJson && limit !== undefined && count > limit) {
            io.stdout.write(`… there is more: --limit, or agent debug download ${plain(id)}\n`)
            return
          }
          io.stdout.write(isJson ? `${line}\n` : plain(debugLineText(line)))
        }
      }),
    )
}

function addDownload(debug: Command, io: CliIo): void {
  withTarget(debug.command('download').description('write all debug data of a run into an archive'))
    .argument('<run>', 'id of the run')
    .option('-o, --output <file>', 'file to write; default: debug-<run>.tar.gz in the working directory')
    .action((id: string, options: TargetOptions & { readonly output?: string }) =>
      withClient(io, options, async client => {
        const file = options.output ?? `debug-${id.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.tar.gz`
        if (existsSync(file)) throw new AgentError('REQUEST_INVALID', `${file} is there already`)
        const path = `/v1/runs/${encodeURIComponent(id)}/debug.tar.gz`
        try {
          await pipeline(client.bytes(path), createWriteStream(file, { mode: 0o600, flags: 'wx' }))
        } catch (thrown) {
          await rm(file, { force: true })
          throw thrown
        }
        print(io, options, { file }, () => `${file}\n`)
      }),
    )
}
