import { type Debugger, Session } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { Worker, workerData } from 'node:worker_threads'
import type { Work, WorkTracker } from './run/work.ts'
import { sayLastWords } from './runner-last-words.ts'

/**
 * A thread of the runner that notices when the main thread does not come back to its timers, and says on which line of
 * whose code it is, before the supervisor kills the process. It asks V8's inspector from within: no port is opened, and
 * nothing is slowed down before.
 */

const everyMs = 500
/** Share of the time after which the supervisor kills. */
const patience = 0.7
const shownFrames = 12
/** Where the thread finds the tracker of the main thread. */
const workName = 'agent.work'

interface WatchdogData {
  readonly beats: Int32Array
  readonly ticks: number
}

/** Starts the thread; it ends with the process. */
export function startWatchdog(silenceSeconds: number, tracker: WorkTracker): void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  setInterval(() => Atomics.add(beats, 0, 1), everyMs / 2).unref()
  Object.defineProperty(globalThis, Symbol.for(workName), { value: () => JSON.stringify(tracker.current() ?? null) })
  const data: WatchdogData = { beats, ticks: Math.round((silenceSeconds * 1_000 * patience) / everyMs) }
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const options = { argv: ['watchdog'], workerData: data, resourceLimits: { maxOldGenerationSizeMb: 32 } }
  // Without it only the words are missing.
  new Worker(main, options).on('error', () => undefined).unref()
}

/** The life of the thread. */
export function runWatchdog(): void {
  const { beats, ticks } = workerData as WatchdogData // given by startWatchdog
  let last = -1
  let missed = 0
  // Ticks are counted, not milliseconds: a process that was stopped must not be taken for stuck.
  setInterval(() => {
    const beat = Atomics.load(beats, 0)
    missed = beat === last ? missed + 1 : 0
    last = beat
    if (missed === ticks) sayWhereItIs()
  }, everyMs)
}

function sayWhereItIs(): void {
  const session = new Session()
  const urls = new Map<string, string>()
  session.connectToMainThread()
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => urls.set(scriptId, url))
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const [top] = callFrames
    const stack = callFrames
      .slice(0, shownFrames)
      .map(frame => frameText(frame, urls))
      .join('\n')
    if (top === undefined) return session.disconnect()
    askForWork(session, top.callFrameId, work => {
      sayLastWords({ tag: 'stuck', stack, ...(work && { work }) })
      // It may be slow only; disconnecting lets it go on.
      session.disconnect()
    })
  })
  session.post('Debugger.enable')
  session.post('Debugger.pause')
}

function frameText({ functionName, location }: Debugger.CallFrame, urls: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location
  const name = functionName === '' ? '(anonymous)' : functionName
  return `at ${name} (${urls.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1})`
}

function askForWork(session: Session, callFrameId: string, then: (work: Work | undefined) => void): void {
  const expression = `globalThis[Symbol.for('${workName}')]()`
  session.post('Debugger.evaluateOnCallFrame', { callFrameId, expression, returnByValue: true }, (problem, answer) => {
    const text: unknown = problem === null ? answer.result.value : undefined
    const work = typeof text === 'string' ? (JSON.parse(text) as Work | null) : null // written by startWatchdog
    then(work ?? undefined)
  })
}
