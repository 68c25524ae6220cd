import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { LineSink } from './logs/loggers.ts'
import { createRunnerHost } from './runner-host.ts'
import type { FromRunner, RunnerLink, RunnerWatcher, ToRunner } from './runner-messages.ts'

/** Starts a runner; its log lines go to the sink. */
export type RunnerStarter<M = FromRunner> = (number: number, sink: LineSink, watcher: RunnerWatcher<M>) => RunnerLink

/**
 * Runners as child processes of `main`, started with the hidden command `runner`. What a connector prints by itself
 * becomes a warning in the agent log.
 */
export function processRunners(main: string): RunnerStarter {
  return (number, sink, { onMessage, onExit }) => {
    const child = fork(main, ['runner', String(number)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // A runner is not debugged through the supervisor's port.
      execArgv: process.execArgv.filter(flag => !flag.startsWith('--inspect')),
    })
    pipeLines(child.stdout, line => sink(isLogLine(line) ? `${line}\n` : foreignLine({ number, pid: child.pid }, line)))
    pipeLines(child.stderr, line => sink(foreignLine({ number, pid: child.pid }, line)))
    child.on('message', message => onMessage(message as FromRunner)) // only our own runner has the other end
    // `close` comes after the last line of its output, `exit` may come before.
    child.once('close', (code, signal) => onExit(signal === null ? `with exit code ${code}` : `by ${signal}`))
    child.on('error', error => {
      // A process that never came to be does not close either.
      if (child.pid === undefined) onExit(`before it began: ${error.message}`)
    })
    return { pid: child.pid, send: message => send(child, message), kill: () => child.kill('SIGKILL') }
  }
}

/** A runner inside the supervisor, for debugging: `runners: 0`. */
export function inProcessRunner(): RunnerStarter {
  return (number, sink, { onMessage, onExit }) => {
    const host = createRunnerHost({
      number,
      sink,
      // Later, as from another process: nobody is called back while they call.
      tell: message => setImmediate(onMessage, message),
      closed: failure => setImmediate(onExit, failure === undefined ? 'with exit code 0' : failure.message),
    })
    setImmediate(onMessage, { tag: 'loaded' })
    return { pid: process.pid, send: message => host.take(message), kill: () => onExit('with its supervisor') }
  }
}

function send(child: ChildProcess, message: ToRunner): void {
  // A runner that is going down cannot be told anything; its exit is noticed anyway.
  if (child.connected) child.send(message, () => undefined)
}

function pipeLines(stream: Readable | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', take)
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
