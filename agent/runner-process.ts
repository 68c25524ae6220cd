import { writeSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { createWorkTracker } from './run/work.ts'
import { createRunnerHost } from './runner-host.ts'
import { speakLastWords } from './runner-last-words.ts'
import type { FromRunner, ToRunner } from './runner-messages.ts'
import { startWatchdog } from './runner-watchdog.ts'

/** How long a runner may take to give its runs back when its supervisor has vanished. */
const orphanMs = 10_000

/**
 * Records pass through a runner by the million and none stays. By default V8 lets its old space grow to a multiple of
 * what is alive before it looks for garbage, and takes 100 MB more at the peak of a run. A growth of 30 % costs a tenth
 * of its processor time more than this one and saves 15 MB (`scripts/bench/query.ts`). The limit is another:
 * `runnerMemoryMegabytes`.
 */
const heapGrowth = '--heap-growing-percent=60'

/**
 * The life of a runner process: messages of the supervisor in, log lines to stdout. Ends with `close`, or when the
 * supervisor has vanished, after its runs have been handed back.
 */
export function runRunnerProcess(number: number): void {
  setFlagsFromString(heapGrowth)
  const tracker = createWorkTracker()
  const expectEnd = speakLastWords(tracker)
  let told: Promise<void> = Promise.resolve()
  const host = createRunnerHost({
    number,
    sink: writeLine,
    tracker,
    tell(message: FromRunner) {
      told = new Promise(resolve => process.send?.(message, () => resolve()))
    },
    closed: failure => {
      expectEnd()
      // What was told last, like the last metrics, must have been sent.
      void told.then(() => process.exit(failure === undefined ? 0 : 1))
    },
  })
  process.on('message', received => {
    const message = received as ToRunner // only our own supervisor has the other end
    if (message.tag === 'start') startWatchdog(message.config.runnerSilenceSeconds, tracker)
    host.take(message)
  })
  process.on('disconnect', () => {
    expectEnd()
    host.take({ tag: 'hand-back' })
    host.take({ tag: 'close' })
    setTimeout(() => process.exit(1), orphanMs).unref()
  })
  // A terminal sends Ctrl-C to the whole group of processes; only the supervisor decides what it means.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => undefined)
  process.send?.({ tag: 'loaded' } satisfies FromRunner)
}

/** Synchronous, so that the last words of a dying process are not lost. A full pipe is waited for. */
function writeLine(line: string): void {
  let rest = Buffer.from(line)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException // fs throws nothing else
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw thrown
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
