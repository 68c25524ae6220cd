import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentStatus } from '../api/control.ts'
import { type ApiClient, openClient } from '../cli/api-client.ts'
import { hasEnded, type RunMessage, type RunSummary } from '../run/status.ts'

const main = join(import.meta.dirname, '..', 'main.js')

/** A home folder with a project, for agents of a test. */
export interface TestHome {
  readonly directory: string
  /** Writes a file of the project. */
  write(path: string, contents: string): Promise<void>
  /** Reads a file below the home. */
  read(path: string): Promise<string>
  delete(): Promise<void>
}

/** Makes an empty home. */
export async function createHome(): Promise<TestHome> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-'))
  return {
    directory,
    async write(path, contents) {
      const file = join(directory, 'project', path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, contents)
    },
    read: path => readFile(join(directory, path), 'utf8'),
    delete: () => rm(directory, { recursive: true, force: true }),
  }
}

/** An agent in a process of its own, as an operator starts it. */
export interface AgentProcess {
  readonly client: ApiClient
  readonly pid: number
  /** All it has printed. */
  output(): string
  submit(operation: string, request?: object): Promise<RunSummary>
  /** Waits until the run has ended. */
  ended(runId: string): Promise<RunSummary>
  /** Asks for the run until it is as wanted. */
  until(runId: string, isWanted: (run: RunSummary) => boolean): Promise<RunSummary>
  messages(runId: string): Promise<readonly RunMessage[]>
  status(): Promise<AgentStatus>
  signal(name: NodeJS.Signals): void
  /** The exit code, or the signal that ended it. */
  exit(): Promise<number | string>
  /** Ends it in good order; kills it when it has not ended after a while. */
  stop(): Promise<void>
}

/** What a test may choose. */
export interface AgentSettings {
  readonly home: TestHome
  readonly redisUrl: string
  readonly set?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Start it by `bash -c "<this>; exec …"`, to set limits of the system. */
  readonly before?: string
  /** How long it may take to be up; default 45 s. */
  readonly startMs?: number
}

/** Starts an agent and waits until its API answers. */
export async function startAgentProcess({
  home,
  redisUrl,
  set = [],
  env = {},
  before,
  startMs = 45_000,
}: AgentSettings): Promise<AgentProcess> {
  const flags = ['api.port=0', `redis.url=${redisUrl}`, 'runners=1', 'logs.level=debug', ...set].flatMap(each => [
    '--set',
    each,
  ])
  const args = [main, 'start', '--home', home.directory, ...flags]
  const options = { env: { ...process.env, NODE_OPTIONS: '', ...env }, cwd: home.directory }
  const child =
    before === undefined
      ? spawn(process.execPath, args, options)
      : spawn('bash', ['-c', `${before}; exec "$@"`, 'bash', process.execPath, ...args], options)
  let printed = ''
  child.stdout.on('data', chunk => (printed += chunk))
  child.stderr.on('data', chunk => (printed += chunk))
  const exited = new Promise<number | string>(resolve =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 0)),
  )
  const client = await untilItAnswers(child, { home, startMs, output: () => printed })

  const until: AgentProcess['until'] = (runId, isWanted) =>
    poll(() => client.get<RunSummary>(`/v1/runs/${runId}`), isWanted)
  return {
    client,
    pid: child.pid ?? 0,
    output: () => printed,
    submit: (operation, request = {}) => client.post(`/v1/operations/${encodeURIComponent(operation)}/runs`, request),
    ended: runId => until(runId, run => hasEnded(run.status)),
    until,
    async messages(runId) {
      return (await client.get<{ messages: RunMessage[] }>(`/v1/runs/${runId}/log?limit=1000`)).messages
    },
    status: () => client.get('/v1/status'),
    signal: name => void child.kill(name),
    exit: () => exited,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await exited
      clearTimeout(timer)
    },
  }
}

/** Asks again until the answer is as wanted; gives up after half a minute, or as long as it may take. */
export async function poll<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean, limitMs = 30_000): Promise<T> {
  const endsAt = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (performance.now() > endsAt) throw new Error(`waited in vain; the last answer was ${JSON.stringify(answer)}`)
    await sleep(20)
  }
}

async function untilItAnswers(
  child: ChildProcess,
  { home, startMs, output }: Pick<AgentSettings, 'home'> & { readonly startMs: number; readonly output: () => string },
): Promise<ApiClient> {
  const endsAt = performance.now() + startMs
  while (performance.now() < endsAt && child.exitCode === null) {
    const client = openClient({ home: home.directory }, {})
    const isUp = await client.get<AgentStatus>('/v1/status').then(
      ({ pid, runners }) => pid === child.pid && runners.every(({ state }) => state === 'running'),
      () => false,
    )
    if (isUp) return client
    await sleep(20)
  }
  child.kill('SIGKILL')
  throw new Error(`the agent did not start: ${output()}`)
}
