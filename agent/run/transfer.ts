import type { Connection } from '../../connectors/sdk/connector.ts'
import { atMost } from '../at-most.ts'
import { AgentError, toError } from '../errors.ts'
import { connectorLoggers, type Loggers } from '../logs/loggers.ts'
import type { OperationLogs } from '../logs/operation-log.ts'
import type { Redactor } from '../logs/redact.ts'
import type { ResolvedOperation, ResolvedStep } from '../project/resolve.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import type { Checkpoint, CheckpointStore, Taken } from './checkpoint.ts'
import type { RunDebug } from './debug.ts'
import {
  debuggedLoader,
  debuggedLogger,
  debuggedPacing,
  debuggedPages,
  debuggedWrite,
  timed,
  watchMade,
} from './debug-flow.ts'
import { createDelivery } from './delivery.ts'
import { type BareContext, type Endpoints, openEndpoints } from './endpoints.ts'
import { pagesWithinGrace, withinGrace } from './grace.ts'
import type { RunJournal } from './journal.ts'
import { type CheckpointKeeper, createKeeper } from './keeper.ts'
import { countEntries } from './outcomes.ts'
import type { HostPacing } from './pacing.ts'
import { type Progress, pump, type Settled } from './pipeline.ts'
import type { Replay } from './replay.ts'
import type { RunWatermark } from './run-watermark.ts'
import { noCounts, type RunCounts } from './status.ts'
import { enforceStopRule, type StopRule } from './stop-rule.ts'
import { type CompiledTransformation, compileTransformation } from './transformation.ts'
import { createWaits, type Waits } from './waits.ts'

/** One attempt at a run, and what it works with. */
export interface Attempt {
  readonly runId: string
  readonly taken: Taken
  readonly journal: RunJournal
  readonly timeoutSeconds: number
  readonly isDebug: boolean
  readonly debug: RunDebug
  readonly logs: OperationLogs
  readonly loggers: Loggers
  readonly loader: ConnectorLoader
  readonly checkpoints: CheckpointStore
  readonly pacing: HostPacing
  readonly redactor: Redactor
  /** Its records take the place of those of the source. */
  readonly replay: Replay | undefined
  readonly watermark: RunWatermark
  readonly signal: AbortSignal
  /** Ends the attempt for a reason of the host's own: too long, taken over, log store gone. */
  readonly abort: (reason: unknown) => void
}

/** What a transfer came to, over all attempts; the warnings are those the target gave in this one. */
export interface Transferred {
  readonly counts: RunCounts
  readonly warnings: number
}

const closeMs = 10_000
const lastSaveMs = 3_000
/** Lines about single records in the operation log; of more only the number is told. */
const shownLines = 20

/**
 * Moves the records of an operation from source to target, from its checkpoint on. Resolves when the target has
 * finished; the counts stand in the operation log too.
 */
export async function transfer(operation: ResolvedOperation, attempt: Attempt): Promise<Transferred> {
  const compiled = compileTransformation(operation.transformation)
  const transformation = attempt.replay?.around(compiled) ?? compiled
  const start = attempt.taken.checkpoint ?? beginning
  const clock = startClock(start.workedMs, attempt)
  const keeper = keep(attempt)
  const connections: Connection[] = []
  const waits = countWaits(attempt)
  try {
    const opening = openEndpoints(operation, {
      loader: debuggedLoader(attempt.debug, attempt.loader),
      contextFor: step => contextFor(step, attempt, waits),
      state: start.state,
      redactor: attempt.redactor,
      opened: connection => connections.push(connection),
    })
    const endpoints = await withinGrace(opening, attempt.signal)
    attempt.logs.dropUnsettledAfter(attempt.runId, start.counts.read)
    tellStart(operation, endpoints, attempt)
    return await move(endpoints, transformation, { attempt, keeper, start, clock, stopRule: operation.stopRule })
  } finally {
    clock.stop()
    tellWaits(waits, attempt)
    await closeAll(connections.reverse(), attempt)
    // What is safe in the target is noted even when the run goes no further; without Redis the next attempt does it again.
    await keeper.saved(AbortSignal.timeout(lastSaveMs)).catch(() => undefined)
    keeper.stop()
  }
}

const beginning: Checkpoint = {
  skip: 0,
  counts: noCounts(),
  state: { source: {}, target: {} },
  workedMs: 0,
  isRead: false,
}

async function move(
  { source, target }: Endpoints,
  transformation: CompiledTransformation,
  parts: { attempt: Attempt; keeper: CheckpointKeeper; start: Checkpoint; clock: Clock; stopRule: StopRule },
): Promise<Transferred> {
  const { attempt, keeper, start, clock } = parts
  const { signal, logs, runId, journal, debug } = attempt
  const note = (progress: Progress, isRead: boolean) => {
    const state = { source: source.state(), target: target.state() }
    keeper.note({ ...progress, state, isRead, workedMs: clock.workedMs() })
  }
  const warnings = createTeller('warnings', attempt)
  const unsettled = createTeller('rejected or unknown records', attempt)
  const onSettled = (progress: Progress, settled: Settled) => {
    if (settled.unsettled.length > 0) logs.keep(runId, settled.unsettled)
    for (const { number, status, code, message, record } of settled.unsettled) {
      const words = attempt.redactor.redactAbout(record, message)
      unsettled.tell(`record ${number} ${status === 'rejected' ? 'rejected' : 'in doubt'}: ${words}`, code)
    }
    for (const warning of settled.warnings) warnings.tell(warning)
    note(progress, false)
    enforceStopRule(parts.stopRule, progress.counts, false)
  }

  let end: Progress = start
  if (!start.isRead) {
    const { fields } = transformation
    const watermark = attempt.watermark.keeperOver(source.context.state)
    const reading = { ...source.context, watermark, ...(fields === undefined ? {} : { fields }) }
    const pages =
      attempt.replay?.read(start.position, signal) ??
      source.activity.read(source.connection, source.options, start.position, reading)
    const delivery = createDelivery({
      target,
      journal,
      isJournalDoubtful: attempt.taken.isRedisAnother,
      tell: target.context.tell,
      signal,
    })
    await timed(debug, { message: 'doubts settled' }, delivery.settleDoubts)
    end = await pump({
      pages: debuggedPages(debug, pagesWithinGrace(pages, signal), start.counts.read - start.skip),
      transformation,
      batchSize: target.activity.batchSize(target.options),
      write: debuggedWrite(debug, delivery.write),
      resume: start,
      onSettled,
      onTotal: total => logs.change(runId, { total }),
      watch: watchMade(debug),
      signal,
    })
  }
  end = withLeftOver(end, attempt)
  enforceStopRule(parts.stopRule, end.counts, true)
  // The target must not finish before it is certain that nobody will read the source again.
  note(end, true)
  await keeper.saved(signal)
  if (target.activity.finish !== undefined) {
    await withinGrace(target.activity.finish(target.connection, target.options, target.context), signal)
  }
  for (const teller of [unsettled, warnings]) teller.end()
  return { counts: end.counts, warnings: warnings.count() }
}

interface Teller {
  tell(line: string, code?: string): void
  /** Tells how many more there were. */
  end(): void
  count(): number
}

/** Tells the first lines of a kind in the operation log and counts the rest. */
function createTeller(what: string, { logs, runId }: Attempt): Teller {
  let count = 0
  return {
    tell(line, code) {
      count += 1
      if (count <= shownLines) logs.tell(runId, 'warning', line, code)
    },
    end() {
      if (count > shownLines) logs.tell(runId, 'warning', `${count - shownLines} more ${what} are not shown`)
    },
    count: () => count,
  }
}

/** What an earlier attempt sent and the source does not yield any more counts all the same. */
function withLeftOver(end: Progress, { journal, logs, runId }: Attempt): Progress {
  const left = journal.takeLeftOver(end.counts.read)
  if (left.length === 0) return end
  const { sum, unsettled } = countEntries(left, end.counts)
  logs.keep(runId, unsettled)
  const text = `${left.length} records that were sent before the run was cut off did not come from the source again`
  logs.tell(runId, 'warning', `${text}; they are counted as what became of them`)
  return { ...end, counts: sum }
}

function keep({ runId, taken, journal, checkpoints, logs, loggers, abort, debug }: Attempt): CheckpointKeeper {
  return createKeeper({
    async save(checkpoint) {
      const { counts } = checkpoint
      logs.change(runId, { counts })
      const save = () => checkpoints.save(runId, taken.fence, checkpoint, journal.coveredBy(counts.read))
      await timed(debug, { message: 'checkpoint saved', fields: { counts } }, save)
      journal.forget(counts.read)
    },
    onAway: error =>
      loggers.get('agent.run').warn({ runId, error: toError(error).message }, 'checkpoint waits for redis'),
    onFailure: abort,
  })
}

function contextFor(
  { connector, connectionName }: ResolvedStep,
  { runId, signal, pacing, logs, loggers, isDebug, debug }: Attempt,
  waits: Waits,
): BareContext {
  return {
    runId,
    signal,
    pacing: debuggedPacing(debug, connectionName, waits.over(pacing.over(connectionName, connector))),
    log: debuggedLogger(
      debug,
      `${connectorLoggers}.${connector}`,
      loggers.forConnector(connector, { runId }, isDebug ? 'debug' : undefined),
    ),
    tell: (level, message) => logs.tell(runId, level, message),
  }
}

function tellStart(operation: ResolvedOperation, { source, target }: Endpoints, attempt: Attempt): void {
  const { runId, logs, taken } = attempt
  logs.change(runId, { status: 'running', source: source.release, target: target.release })
  const from = `${operation.source.activity} over ${operation.source.connectionName} (${source.release})`
  const to = `${operation.target.activity} over ${operation.target.connectionName} (${target.release})`
  logs.tell(runId, 'info', `source: ${from}; target: ${to}`)
  if (attempt.replay !== undefined) logs.tell(runId, 'info', attempt.replay.text)
  const done = taken.checkpoint?.counts.read ?? 0
  if (done > 0)
    logs.tell(runId, 'info', `goes on after ${done.toLocaleString('en-US')} records, at the last checkpoint`)
}

/** How long the run has been worked on, over all attempts; time spent waiting in the queue does not count. */
interface Clock {
  workedMs(): number
  stop(): void
}

function startClock(workedBeforeMs: number, { timeoutSeconds, abort }: Attempt): Clock {
  const startedAt = performance.now() - workedBeforeMs
  const timer = setTimeout(
    () => abort(new AgentError('RUN_TIMEOUT', `the run took longer than ${timeoutSeconds} s`)),
    Math.max(0, timeoutSeconds * 1_000 - workedBeforeMs),
  )
  return { workedMs: () => Math.round(performance.now() - startedAt), stop: () => clearTimeout(timer) }
}

function countWaits({ runId, logs }: Attempt): Waits {
  return createWaits(waitMs => {
    const text = `the account refuses requests for their rate; the next are sent in ${(waitMs / 1_000).toFixed(1)} s`
    logs.tell(runId, 'info', text, 'RATE_LIMITED')
  })
}

function tellWaits(waits: Waits, { runId, logs }: Attempt): void {
  const text = waits.text()
  if (text !== undefined) logs.tell(runId, 'info', text)
}

async function closeAll(connections: readonly Connection[], { runId, loggers }: Attempt): Promise<void> {
  for (const connection of connections) {
    try {
      await atMost(connection.close(), closeMs)
    } catch (thrown) {
      loggers.get('agent.run').warn({ runId, err: toError(thrown) }, 'connection did not close')
    }
  }
}
