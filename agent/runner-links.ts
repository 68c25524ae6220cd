import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { LineSink } from './logs/loggers.ts'
import { createWorkTracker } from './run/work.ts'
import type { RunnerExit } from './runner-death.ts'
import { createRunnerHost } from './runner-host.ts'
import { createLastWordsReader, type LastWords } from './runner-last-words-reader.ts'
import { heapMegabytes } from './runner-memory.ts'
import type { FromRunner, RunnerLink, RunnerWatcher, ToRunner } from './runner-messages.ts'

/** Starts a runner; its log lines go to the sink. */
export type RunnerStarter<M = FromRunner> = (number: number, sink: LineSink, watcher: RunnerWatcher<M>) => RunnerLink

/**
 * Runners as child processes of `main`, started with the hidden command `runner`. What a connector prints by itself
 * becomes a warning in the agent log.
 */
export function processRunners(main: string, limitMegabytes: number): RunnerStarter {
  const lastWordsIn = createLastWordsReader()
  return (number, sink, { onMessage, onExit }) => {
    const child = fork(main, ['runner', String(number)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // A runner is not debugged through the supervisor's port. Of two limits the later one counts.
      execArgv: [
        ...process.execArgv.filter(flag => !flag.startsWith('--inspect')),
        `--max-old-space-size=${heapMegabytes(limitMegabytes)}`,
      ],
    })
    let isHeapFull = false
    let lastWords: LastWords | undefined
    const end = (manner: RunnerExit['manner']) => onExit({ manner, isHeapFull, ...(lastWords && { lastWords }) })
    pipeLines(child.stdout, line => sink(isLogLine(line) ? `${line}\n` : foreignLine({ number, pid: child.pid }, line)))
    pipeLines(child.stderr, line => {
      isHeapFull ||= isHeapFullLine(line)
      const words = lastWordsIn(line)
      lastWords = words ?? lastWords
      if (words === undefined && line !== '') sink(foreignLine({ number, pid: child.pid }, line))
    })
    child.on('message', message => onMessage(message as FromRunner)) // only our own runner has the other end
    // `close` comes after the last line of its output, `exit` may come before.
    child.once('close', (code, signal) =>
      end(signal === null ? { tag: 'code', exitCode: code ?? 0 } : { tag: 'signal', signal }),
    )
    child.on('error', error => {
      // A process that never came to be does not close either.
      if (child.pid === undefined) end({ tag: 'never-began', message: error.message })
    })
    return { pid: child.pid, send: message => send(child, message), kill: () => child.kill('SIGKILL') }
  }
}

/** A runner inside the supervisor, for debugging: `runners: 0`. */
export function inProcessRunner(): RunnerStarter {
  return (number, sink, { onMessage, onExit }) => {
    const end = (exitCode: number) => onExit({ manner: { tag: 'code', exitCode }, isHeapFull: false })
    const host = createRunnerHost({
      number,
      sink,
      tracker: createWorkTracker(),
      // Later, as from another process: nobody is called back while they call.
      tell: message => setImmediate(onMessage, message),
      closed: failure => setImmediate(end, failure === undefined ? 0 : 1),
    })
    setImmediate(onMessage, { tag: 'loaded' })
    return { pid: process.pid, send: message => host.take(message), kill: () => end(1) }
  }
}

function send(child: ChildProcess, message: ToRunner): void {
  // A runner that is going down cannot be told anything; its exit is noticed anyway.
  if (child.connected) child.send(message, () => undefined)
}

function pipeLines(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
}

/** V8's words before it aborts: `FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory`. */
function isHeapFullLine(line: string): boolean {
  return /^FATAL ERROR: .*(Allocation failed|out of memory)/.test(line)
}

/** A connector may print what begins like one of our lines, and a runner that is killed may leave half of one. */
function isLogLine(line: string): boolean {
  if (!line.startsWith('{"level":"')) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

function foreignLine({ number, pid }: { readonly number: number; readonly pid: number | undefined }, text: string) {
  const head = { level: 'warn', time: new Date().toISOString(), pid, logger: 'agent.runner' }
  return `${JSON.stringify({ ...head, runner: number, text, message: 'runner printed' })}\n`
}
