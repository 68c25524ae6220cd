import { setTimeout as sleep } from 'node:timers/promises'
import { hasEnded, type RunMessage, type RunSummary } from '../run/status.ts'
import type { ApiClient } from './api-client.ts'
import { formatCount, formatDuration, formatTime, plain } from './format.ts'
import { type CliIo, exitCodes } from './io.ts'

const pollMs = 500
const barWidth = 24

/**
 * Prints the messages of a run as they come, with a progress line on a terminal, until it ends. Returns the run, or
 * undefined when Ctrl-C came first; the run goes on then. Sets the exit code.
 */
export async function follow(
  client: ApiClient,
  runId: string,
  io: CliIo,
  isJson: boolean,
): Promise<RunSummary | undefined> {
  const path = `/v1/runs/${encodeURIComponent(runId)}`
  const progress = createProgressLine(io, isJson)
  let after = 0
  try {
    for (;;) {
      const run = await client.get<RunSummary>(path)
      const { messages, next } = await client.get<{ messages: RunMessage[]; next: number }>(
        `${path}/log?after=${after}`,
      )
      after = next
      progress.clear()
      for (const message of messages) io.stdout.write(isJson ? `${JSON.stringify(message)}\n` : messageText(message))
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
export function messageText({ at, level, message, code }: RunMessage): string {
  const time = formatTime(at).slice(11)
  return `${time}  ${level.padEnd(7)}  ${code === undefined ? '' : `${code}: `}${plain(message)}\n`
}

/** `[#####-----] 1,200 of 5,000  600/s  6.3 s left`, on a terminal only. */
function progressText(run: RunSummary): string {
  const { counts, total, durationMs = 0, status } = run
  const rate = durationMs === 0 ? 0 : (counts.read / durationMs) * 1_000
  const speed = `${formatCount(Math.round(rate))}/s`
  if (total === undefined || total === 0) return `${status}  ${formatCount(counts.read)} records  ${speed}`
  const share = Math.min(1, counts.read / total)
  const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '-')
  const left = rate === 0 ? '' : `  ${formatDuration(((total - counts.read) / rate) * 1_000)} left`
  return `[${bar}] ${formatCount(counts.read)} of ${formatCount(total)}  ${speed}${left}`
}

function createProgressLine({ stdout }: CliIo, isJson: boolean) {
  const isShown = stdout.isTTY === true && !isJson
  return {
    clear: () => isShown && stdout.write('\r\x1b[K'),
    show: (run: RunSummary) => isShown && stdout.write(progressText(run)),
  }
}

function exitCodeOf({ status }: RunSummary): number {
  if (status === 'canceled') return exitCodes.runCanceled.code
  return status === 'error' ? exitCodes.runFailed.code : exitCodes.ok.code
}
