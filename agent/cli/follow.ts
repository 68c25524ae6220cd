import { setTimeout as sleep } from 'node:timers/promises'
import type { RunDetail } from '../run/related.ts'
import { hasEnded, type RunMessage, type RunSummary } from '../run/status.ts'
import type { ApiClient } from './api-client.ts'
import { formatTime, plain } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'
import { createPaint, type Paint } from './paint.ts'
import { createProgress } from './progress.ts'

const pollMs = 500

/**
 * Prints the messages of a run as they come, with a progress line on a terminal, until it ends. Returns the run, or
 * undefined when Ctrl-C came first; the run goes on then. Sets the exit code.
 */
export async function follow(
  client: ApiClient,
  runId: string,
  io: CliIo,
  isJson: boolean,
): Promise<RunDetail | undefined> {
  const path = `/v1/runs/${encodeURIComponent(runId)}`
  const paint = createPaint(io)
  const progress = createProgressLine(io, isJson, paint)
  let after = 0
  try {
    for (;;) {
      const run = await client.get<RunDetail>(path)
      const { messages, next } = await client.get<{ messages: RunMessage[]; next: number }>(
        `${path}/log?after=${after}`,
      )
      after = next
      progress.clear()
      for (const message of messages)
        io.stdout.write(isJson ? `${JSON.stringify(message)}\n` : messageText(message, paint))
      if (hasEnded(run.status) && messages.length === 0) {
        io.setExitCode(exitCodeOf(run))
        return run
      }
      progress.show(run)
      await sleep(hasEnded(run.status) ? 0 : pollMs, undefined, { signal: io.signal })
    }
  } catch (thrown) {
    if (!io.signal.aborted) throw thrown
    io.setExitCode(exitCodes.interrupted.code)
    return undefined
  } finally {
    progress.clear()
  }
}

/** `12:00:01  warning  redis does not answer…`. */
export function messageText({ at, level, message, code }: RunMessage, paint: Paint): string {
  const time = paint(formatTime(at).slice(11), 'time')
  return `${time}  ${paint(level.padEnd(7), level)}  ${code === undefined ? '' : `${plain(code)}: `}${plain(message)}\n`
}

/** A line that changes in its place on a terminal, a new line now and then in a pipe; nothing among JSON. */
function createProgressLine({ stdout }: CliIo, isJson: boolean, paint: Paint) {
  const isTerminal = stdout.isTTY === true && !isJson
  const progress = createProgress()
  return {
    clear: () => isTerminal && stdout.write('\r\x1b[K'),
    show(run: RunSummary) {
      const now = performance.now()
      if (isTerminal) stdout.write(paint(progress.line(run, now), run.status))
      else if (!isJson) {
        const text = progress.plainLine(run, now)
        if (text !== undefined) stdout.write(`${formatTime(new Date().toISOString()).slice(11)}  info     ${text}\n`)
      }
    },
  }
}

function exitCodeOf({ status }: RunSummary): number {
  if (status === 'canceled') return exitCodes.runCanceled.code
  return status === 'error' ? exitCodes.runFailed.code : exitCodes.ok.code
}
