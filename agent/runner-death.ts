import { connectorFrameIn } from './connector-frame.ts'
import type { Work } from './run/work.ts'
import type { LastWords } from './runner-last-words-reader.ts'

/** How the process of a runner ended, and what it left behind. */
export interface RunnerExit {
  readonly manner:
    | { readonly tag: 'code'; readonly exitCode: number }
    | { readonly tag: 'signal'; readonly signal: string }
    | { readonly tag: 'never-began'; readonly message: string }
  /** V8 said on stderr that its heap is full. */
  readonly isHeapFull: boolean
  readonly lastWords?: LastWords
}

/** Why the supervisor killed it. */
export type KillReason =
  | { readonly tag: 'silence'; readonly seconds: number }
  | { readonly tag: 'memory'; readonly megabytes: number }
  | { readonly tag: 'stop' }

/** All that is known of the end of a runner. */
export interface DeathEvidence {
  readonly runner: number
  readonly exit: RunnerExit
  readonly killedFor?: KillReason
  readonly limitMegabytes: number
  /** Ids of the runs it worked on. */
  readonly held: readonly string[]
  /** Whether it looked something up besides. */
  readonly hasLookUps: boolean
}

/** The diagnosis. */
export interface RunnerDeath {
  readonly code: 'RUNNER_OUT_OF_MEMORY' | 'RUNNER_SILENT' | 'RUNNER_CRASHED' | 'CONNECTOR_FAULT' | 'RUN_LOST'
  /** In one sentence. It may hold foreign text: it is redacted before it goes anywhere. */
  readonly message: string
  /** Whose work it died of, as far as can be told. */
  readonly culprit: Work | undefined
}

/** Finds out why a runner died, and of whose work. */
export function diagnose(evidence: DeathEvidence): RunnerDeath {
  const { runner } = evidence
  const words = wordsOf(evidence)
  const work = words === undefined ? undefined : workIn(words)
  const { code, text, isOfWork } = causeOf(evidence, whoseText(work, words))
  const message = code === 'CONNECTOR_FAULT' ? `${text}; runner ${runner} ended by it` : `runner ${runner} ${text}`
  if (!isOfWork) return { code, message, culprit: undefined }
  return { code, message, culprit: words === undefined ? onlyWork(evidence) : heldWork(work, evidence) }
}

/** That it was stuck says nothing when it died of something else: it has come back since. */
function wordsOf({ exit: { lastWords }, killedFor }: DeathEvidence): LastWords | undefined {
  return lastWords?.tag === 'stuck' && killedFor?.tag !== 'silence' ? undefined : lastWords
}

interface Cause {
  readonly code: RunnerDeath['code']
  readonly text: string
  /** False: something outside ended it. */
  readonly isOfWork: boolean
}

function causeOf({ exit, killedFor, limitMegabytes }: DeathEvidence, whose: string | undefined): Cause {
  const { manner, isHeapFull, lastWords } = exit
  // V8 may take so long over a full heap that the supervisor loses its patience.
  if (isHeapFull && killedFor?.tag !== 'stop') {
    const text = `ran out of memory: its heap was full (runnerMemoryMegabytes: ${limitMegabytes})`
    return { code: 'RUNNER_OUT_OF_MEMORY', text, isOfWork: true }
  }
  if (killedFor !== undefined) return causeOfKill(killedFor, limitMegabytes, whose)
  switch (lastWords?.tag) {
    case 'exception':
    case 'rejection':
      return causeOfUncaught(lastWords, whose)
    case 'exit':
      if (whose === undefined) break
      return { code: 'CONNECTOR_FAULT', text: `${whose} ended its process by process.exit`, isOfWork: true }
    default:
  }
  return causeOfManner(manner)
}

function causeOfKill(reason: KillReason, limitMegabytes: number, whose: string | undefined): Cause {
  switch (reason.tag) {
    case 'silence': {
      const where = whose === undefined ? '' : `: ${whose} did not come back`
      const text = `did not answer for ${reason.seconds} s and was killed${where}`
      return { code: 'RUNNER_SILENT', text, isOfWork: true }
    }
    case 'memory': {
      const size = `${reason.megabytes} MB`
      const text = `ran out of memory: it held ${size} and was killed (runnerMemoryMegabytes: ${limitMegabytes})`
      return { code: 'RUNNER_OUT_OF_MEMORY', text, isOfWork: true }
    }
    case 'stop':
      return { code: 'RUN_LOST', text: 'was killed because the agent stopped', isOfWork: false }
    default:
      return reason satisfies never
  }
}

function causeOfUncaught(words: Extract<LastWords, { message: string }>, whose: string | undefined): Cause {
  const what = words.tag === 'rejection' ? 'left a rejected promise unhandled' : 'threw an exception nobody caught'
  const text = `${what}: ${words.message}`
  return whose === undefined
    ? { code: 'RUNNER_CRASHED', text, isOfWork: true }
    : { code: 'CONNECTOR_FAULT', text: `${whose} ${text}`, isOfWork: true }
}

const crashSignals = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']

function causeOfManner(manner: RunnerExit['manner']): Cause {
  switch (manner.tag) {
    case 'never-began':
      return { code: 'RUNNER_CRASHED', text: `could not be started: ${manner.message}`, isOfWork: false }
    case 'code':
      return { code: 'RUNNER_CRASHED', text: `ended with exit code ${manner.exitCode}`, isOfWork: true }
    case 'signal':
      if (crashSignals.includes(manner.signal)) {
        const text = `crashed by ${manner.signal} (process.abort or native code)`
        return { code: 'RUNNER_CRASHED', text, isOfWork: true }
      }
      return {
        code: 'RUN_LOST',
        text: `was killed from outside by ${manner.signal} (by a person, or by the system when memory was short)`,
        isOfWork: false,
      }
    default:
      return manner satisfies never
  }
}

/** What the tracker knew, and for the rest what the stack shows. */
function workIn(words: LastWords): Work | undefined {
  const frame = connectorFrameIn(words.stack)
  if (frame === undefined) return words.work
  const { connector, version } = frame
  const isSame = words.work?.connector === connector
  // A connector may be called back while another one works.
  return { ...(words.work?.runId && { runId: words.work.runId }), ...(isSame ? words.work : {}), connector, version }
}

/** `connector shop 1.0.0 (Read, index.js:7:13)`; undefined when it is not known. */
function whoseText(work: Work | undefined, words: LastWords | undefined): string | undefined {
  if (work?.connector === undefined) return undefined
  const name = work.version === undefined ? work.connector : `${work.connector} ${work.version}`
  const remarks = [work.activity, connectorFrameIn(words?.stack ?? '')?.place].filter(remark => remark !== undefined)
  return remarks.length === 0 ? `connector ${name}` : `connector ${name} (${remarks.join(', ')})`
}

/** The work without the run, when that has ended or it was a look-up. */
function heldWork(work: Work | undefined, { held }: DeathEvidence): Work | undefined {
  if (work?.runId === undefined || held.includes(work.runId)) return work
  const { runId: _, ...rest } = work
  return rest
}

/** A runner that did nothing else died of the only run it had. */
function onlyWork({ held, hasLookUps }: DeathEvidence): Work | undefined {
  const [only, ...others] = held
  return only !== undefined && others.length === 0 && !hasLookUps ? { runId: only } : undefined
}
