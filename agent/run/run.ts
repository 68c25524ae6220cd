import { AgentError, toError } from '../errors.ts'
import type { NewRun } from '../logs/operation-log.ts'
import type { Redactor } from '../logs/redact.ts'
import type { ResolvedOperation } from '../project/resolve.ts'
import { untilRedisAnswers } from '../redis-answers.ts'
import type { Taken } from './checkpoint.ts'
import type { RunDebug, RunDebugs } from './debug.ts'
import { timed } from './debug-flow.ts'
import { withinGrace } from './grace.ts'
import { createJournal, type RunJournal } from './journal.ts'
import { runFactsOf } from './lineage.ts'
import { logsThatTell } from './log-messages.ts'
import { type JobParser, jobToRepeat, type OperationJob } from './operation.ts'
import { countEntries } from './outcomes.ts'
import { openReplay, type ReplayStore } from './replay.ts'
import { whyGivenUp } from './run-death.ts'
import { createRunWatermark } from './run-watermark.ts'
import { hasEnded, noCounts, type RunCounts, type RunStatus, type RunSummary } from './status.ts'
import { type Attempt, transfer } from './transfer.ts'
import { failureOf, lastLinesOf, type RunFailure, statusOf, successOf, type Verdict } from './verdict.ts'
import type { WatermarkStore } from './watermark.ts'

/** A run as it comes from the queue. */
export interface QueuedRun {
  readonly runId: string
  readonly jobId: string
  /** The job as somebody enqueued it; checked here. */
  readonly data: unknown
  readonly submittedAt: number
  /** Whether the queue gives the run another attempt when this one fails for a passing reason. */
  readonly canRetry: boolean
}

/** What the runs of one runner share. */
export interface RunParts extends Pick<Attempt, 'logs' | 'loggers' | 'loader' | 'checkpoints' | 'pacing'> {
  readonly agent: string
  readonly defaultTimeoutSeconds: number
  readonly parseJob: JobParser
  /** The records of runs that run records of others again. */
  readonly replays: ReplayStore
  readonly watermarks: WatermarkStore
  /** Fills in connections, variables and secrets from the project. */
  readonly resolve: (job: OperationJob) => Promise<ResolvedOperation>
  readonly debugs: RunDebugs
  /** Told of every secret before anything could log it. */
  readonly redactor: Redactor
}

/** How an attempt ended. `pending`: the run will be taken again; `lost`: somebody else has it already. */
export interface RunEnd {
  readonly status: RunStatus | 'lost'
  readonly counts: RunCounts
  readonly error?: RunFailure
}

/**
 * Makes one attempt at a run and writes its operation log: received, running, then how it ended. Never rejects for a
 * run that failed, only when the operation log itself cannot be written. The signal's reason tells why a run has to
 * stop: RUN_CANCELED, AGENT_STOPPING (it is handed back at its checkpoint) or RUN_LOST.
 */
export async function runOperation(queued: QueuedRun, parts: RunParts, signal: AbortSignal): Promise<RunEnd> {
  const known = openLog(queued, parts)
  if (hasEnded(known.status)) return endOf(known)
  const debug = parts.debugs.open(queued)
  try {
    return await attemptRun(queued, known, { ...parts, debug, signal })
  } finally {
    await debug.close()
  }
}

/** The same, and what the attempt tells its debug log. */
interface AttemptParts extends RunParts {
  readonly debug: RunDebug
}

async function attemptRun(
  queued: QueuedRun,
  known: KnownRun,
  { signal, ...parts }: AttemptParts & { readonly signal: AbortSignal },
): Promise<RunEnd> {
  const { debug } = parts
  const host = new AbortController()
  const watched = AbortSignal.any([signal, host.signal])
  let taken: Taken | undefined
  let journal: RunJournal | undefined
  try {
    taken = await takeRun(queued.runId, parts, watched)
    debug.tell('taken', { attempt: known.attempt + 1, read: taken.checkpoint?.counts.read ?? 0 })
    journal = journalOf(queued.runId, taken, parts, watched)
    if (taken.ended !== undefined) return endLog(queued, parts, taken, { status: taken.ended })
    if (known.status === 'cancel-requested') throw new AgentError('RUN_CANCELED', canceledText(known.attempt))
    const givenUp = whyGivenUp(taken.takesInVain, taken.deaths)
    if (givenUp !== undefined) return endGivenUp(queued, parts, { taken, journal, error: givenUp })
    const job = parts.parseJob(queued.data)
    const operation = await timed(debug, { message: 'operation resolved' }, () => parts.resolve(job))
    parts.redactor.add([...operation.source.secrets, ...operation.target.secrets])
    await debug.know(job, operation.debug)
    const watermark = createRunWatermark(queued.runId, taken, { job, operation, ...parts })
    // A definition inside a job may hold secrets that nobody knows to be some yet.
    if (typeof job.operation === 'string') parts.logs.change(queued.runId, { job: jobToRepeat(job) })
    const logs = logsThatTell(operation.logMessages, parts.logs)
    logs.tell(queued.runId, 'info', receivedText(parts.agent, known.attempt + 1))
    const { counts, warnings } = await transfer(operation, {
      ...parts,
      logs,
      replay: job.replayOf && openReplay(job.replayOf, queued.runId, parts.replays),
      watermark,
      runId: queued.runId,
      taken,
      journal,
      timeoutSeconds: job.timeoutSeconds ?? operation.timeoutSeconds ?? parts.defaultTimeoutSeconds,
      isDebug: job.debug?.enabled === true,
      signal: watched,
      abort: reason => host.abort(reason),
    })
    await watermark.settle(counts)
    return await endLog(queued, parts, taken, { status: successOf(counts, warnings) })
  } catch (thrown) {
    const { code, message, isRetryable } = failureOf(watched.aborted ? watched.reason : thrown)
    if (code === 'CONNECTOR_FAULT') {
      parts.loggers.get('agent.run').error({ runId: queued.runId, err: toError(thrown) }, 'connector failed unforeseen')
    }
    const error = { code, message: parts.redactor.redact(message) }
    const status = statusOf(code, isRetryable && queued.canRetry)
    if (status === 'error' || status === 'canceled') countCutOff(queued.runId, journal, parts)
    return endLog(queued, parts, taken, { status, error })
  }
}

function openLog({ runId, jobId, data, submittedAt }: QueuedRun, { logs, agent }: RunParts): KnownRun {
  const found = logs.find(runId)
  if (found === undefined) logs.open({ runId, jobId, agent, submittedAt, ...whatIsKnownOf(data) })
  const known = found ?? newRun
  if (hasEnded(known.status)) return known
  const attempt = known.attempt + 1
  const isCanceled = known.status === 'cancel-requested'
  const startedAt = known.startedAt === undefined ? { startedAt: Date.now() } : {}
  logs.change(runId, { ...(isCanceled ? {} : { status: 'received' }), agent, attempt, ...startedAt })
  return known
}

/** What is known of a run before this attempt. */
type KnownRun = Pick<RunSummary, 'status' | 'attempt' | 'startedAt' | 'counts' | 'error'>

const newRun: KnownRun = { status: 'submitted', attempt: 0, counts: noCounts() }

/** Told once it is known what the log of the operation takes; agent and attempt stand with the run from the first. */
function receivedText(agent: string, attempt: number): string {
  return `received by agent ${agent}${attempt > 1 ? `, attempt ${attempt}` : ''}`
}

/** What the log tells of a job that may be anything. */
function whatIsKnownOf(data: unknown): Pick<NewRun, 'operation' | 'requestedBy' | 'replayOf' | 'parent'> {
  const { operation, parent } = runFactsOf(data)
  const { requestedBy, replayOf } = (data ?? {}) as Partial<OperationJob> // looked at with care: not checked yet
  return {
    operation,
    ...(typeof requestedBy === 'string' && { requestedBy: requestedBy.slice(0, 200) }),
    ...(typeof replayOf?.runId === 'string' && { replayOf: replayOf.runId.slice(0, 64) }),
    ...(parent !== undefined && { parent: parentOf(parent.runId, parent.operation) }),
  }
}

function parentOf(runId: string, operation: unknown): NonNullable<NewRun['parent']> {
  const parent = { runId: runId.slice(0, 64) }
  return typeof operation === 'string' ? { ...parent, operation: operation.slice(0, 100) } : parent
}

/** Waits for Redis: the job has been taken, so giving up would only use up its attempts. */
function takeRun(runId: string, { checkpoints }: RunParts, signal: AbortSignal): Promise<Taken> {
  return untilRedisAnswers(() => withinGrace(checkpoints.take(runId), signal), { everyMs: 1_000, signal })
}

function journalOf(runId: string, taken: Taken, parts: RunParts, signal: AbortSignal): RunJournal {
  const { checkpoints, logs, loggers } = parts
  return createJournal({
    fence: taken.fence,
    entries: taken.journal,
    note: entries => checkpoints.note(runId, taken.fence, entries),
    onAway(error) {
      loggers.get('agent.run').warn({ runId, error: toError(error).message }, 'run waits for redis')
      logs.tell(runId, 'warning', 'redis does not answer; the run waits before it writes again', 'REDIS_UNAVAILABLE')
    },
    signal,
  })
}

/** The run ends here: what was sent of a batch that was cut off counts as what is known of it. */
function countCutOff(runId: string, journal: RunJournal | undefined, { logs }: RunParts): void {
  const before = logs.run(runId).counts
  const entries = journal?.beyond(before.read) ?? []
  if (entries.length === 0) return
  const { counts, sum, unsettled } = countEntries(entries, before)
  logs.change(runId, { counts: sum })
  logs.keep(runId, unsettled)
  if (counts.unknown > 0)
    logs.tell(runId, 'warning', `${counts.unknown} records were on their way; they may or may not have been applied`)
}

function canceledText(attempts: number): string {
  return attempts === 0 ? 'canceled before it began' : 'canceled while it waited for its next attempt'
}

/** Never tried again, whatever the code says elsewhere. */
function endGivenUp(
  queued: QueuedRun,
  parts: AttemptParts,
  { taken, journal, error }: { readonly taken: Taken; readonly journal: RunJournal; readonly error: RunFailure },
): Promise<RunEnd> {
  countCutOff(queued.runId, journal, parts)
  return endLog(queued, parts, taken, { status: 'error', error })
}

async function endLog(
  queued: QueuedRun,
  parts: AttemptParts,
  taken: Taken | undefined,
  { status, error }: Verdict,
): Promise<RunEnd> {
  const { logs, loggers, checkpoints } = parts
  const { runId } = queued
  const withError = error === undefined ? {} : { error }
  // Before the status: whoever waits for it finds the debug log whole.
  await parts.debug.end(() => ({ status, ...withError, counts: logs.run(runId).counts }))
  if (status === 'lost') {
    loggers.get('agent.run').warn({ runId }, 'run was taken over by another runner')
    return { status, ...withError, counts: logs.run(runId).counts }
  }
  const isEnd = hasEnded(status)
  const change = { status, ...(isEnd ? { endedAt: Date.now(), ...withError } : {}) }
  const run = logs.finish(runId, change, ended => lastLinesOf({ status, ...withError }, ended))
  loggers
    .get('agent.run')
    .info({ runId, status, code: error?.code, durationMs: run.durationMs }, 'run ended its attempt')
  // Without Redis the queue brings the job back, and the log above tells that it has ended.
  if (isEnd && taken !== undefined) await checkpoints.end(runId, taken.fence, status).catch(() => undefined)
  if (isEnd && run.replayOf !== undefined) await parts.replays.drop(runId).catch(() => undefined)
  return { ...endOf(run), status, ...withError }
}

function endOf({ status, counts, error }: KnownRun): RunEnd {
  return error === undefined ? { status, counts } : { status, counts, error }
}
