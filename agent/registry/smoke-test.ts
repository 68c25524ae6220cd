import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { AgentError } from '../errors.ts'
import { type Release, subjectOf } from './installed.ts'

/** What a release is tried with, and what that may cost. */
export interface SmokeTest {
  readonly main: string
  readonly timeoutMs: number
  readonly memoryMegabytes: number
  readonly signal: AbortSignal
}

/** How a trial in a process of its own ended. */
type Ending =
  | { readonly tag: 'reported'; readonly problem: string | undefined }
  | { readonly tag: 'died'; readonly how: string; readonly lastWords: string }
  | { readonly tag: 'timed-out' }

/**
 * Imports a verified release in a process of its own and looks whether it behaves like a connector. The process has
 * neither our environment nor our files open. Throws SMOKE_TEST_TIMEOUT when it takes too long, which may be the fault of
 * the machine, and CONNECTOR_INVALID when it does not pass for another reason.
 */
export async function smokeTest(release: Release, test: SmokeTest): Promise<void> {
  test.signal.throwIfAborted()
  const ending = await runTrial(release, test)
  test.signal.throwIfAborted()
  const problem = problemOf(ending, test)
  if (problem === undefined) return
  const code = ending.tag === 'timed-out' ? 'SMOKE_TEST_TIMEOUT' : 'CONNECTOR_INVALID'
  throw new AgentError(code, `${subjectOf(release)}: does not pass the smoke test: ${problem}`)
}

function problemOf(ending: Ending, { timeoutMs }: SmokeTest): string | undefined {
  switch (ending.tag) {
    case 'reported':
      return ending.problem
    case 'died':
      return `its process ended with ${ending.how}${ending.lastWords === '' ? '' : `: ${ending.lastWords}`}`
    case 'timed-out':
      return `it is not done after ${timeoutMs / 1000} seconds`
    default:
      return ending satisfies never
  }
}

async function runTrial({ directory, name, version }: Release, test: SmokeTest): Promise<Ending> {
  const { main, memoryMegabytes, timeoutMs, signal } = test
  const entry = join(import.meta.dirname, 'smoke-test-process.js')
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${memoryMegabytes}`, entry, directory, name, version, main, String(memoryMegabytes)],
    // A group of its own, so that whatever it starts ends with it.
    { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true },
  )
  const onAbort = () => killGroup(child)
  signal.addEventListener('abort', onAbort)
  let hasTimedOut = false
  const timer = setTimeout(() => {
    hasTimedOut = true
    killGroup(child)
  }, timeoutMs)
  try {
    const ending = await endingOf(child)
    return hasTimedOut && ending.tag === 'died' ? { tag: 'timed-out' } : ending
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Resolves when the process has ended; once it has reported it is ended. */
function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let reported: Ending | undefined
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < 20_000) said += chunk.toString()
    })
    child.on('message', message => {
      const { problem } = { ...(message as { readonly problem?: unknown }) } // whatever foreign code sends is looked at
      reported = { tag: 'reported', problem: problem === undefined ? undefined : String(problem).slice(0, 500) }
      killGroup(child)
    })
    child.on('error', reject)
    child.on('exit', () => {
      // Its own children may go on, and hold the pipe open.
      killGroup(child)
      setTimeout(() => child.stderr?.destroy(), 500).unref()
    })
    child.on('close', (code, killedBy) => {
      resolve(reported ?? { tag: 'died', how: killedBy ?? `exit code ${code}`, lastWords: tellingLine(said) })
    })
  })
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of the group is left.
  }
}

/** The line of what a dying process says that tells most. */
function tellingLine(text: string): string {
  const lines = text.split('\n').map(line => line.trim())
  const line = lines.find(each => /^(FATAL )?(\w*Error\b|ERROR\b)/.test(each)) ?? lines.find(each => each !== '') ?? ''
  return line.slice(0, 300)
}
