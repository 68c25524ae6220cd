import { join } from 'node:path'
import { toError } from '../../errors.ts'
import { createOperationLogs } from '../../logs/operation-log.ts'
import { createRedactor } from '../../logs/redact.ts'
import { openLogStore } from '../../logs/store.ts'
import type { TestHome } from '../agent-process.ts'
import { type Findings, judge } from './check.ts'
import type { OperationKind } from './operations.ts'
import { type Ended, openStage, type Stage, type StageSettings } from './stage.ts'

/** One row of the table: a fault that an operation has to survive. */
export interface Row extends Pick<StageSettings, 'agents' | 'runners' | 'set' | 'env'> {
  readonly fault: string
  readonly operation: OperationKind
  /** Prepares the fault; called when the agents are up, before the run. */
  arm(stage: Stage): void | Promise<void>
  /** Called with the id of the run as soon as it is submitted. */
  during?(stage: Stage, runId: string): void
  /** What the submission says besides. */
  readonly request?: object
  /** How the run has to end; default in one of the successes. */
  readonly ends?: 'success' | 'canceled' | 'error'
  /** How often records in flight are cut off; default once. */
  readonly cuts?: number
  /** Bound on the run; default 120. */
  readonly withinSeconds?: number
  /** Mostly waits, so that it may run beside many others. */
  readonly isSlow?: boolean
}

/** What became of a row. */
export interface Result extends Findings {
  readonly row: Row
  readonly seed: number
  readonly status: string
  readonly attempts: number
  readonly seconds: number
}

const calmMs = 90_000
/** An agent that does not start tells all it has printed. */
const maxProblem = 500

/** Does some work when its turn has come. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Plays a row. Never rejects: what goes wrong is a problem of the row. Its agents are started when their turn has come,
 * as many that start at once are too much for a small machine.
 */
export async function runRow(
  row: Row,
  seed: number,
  signal: AbortSignal,
  inTurn: Turn = work => work(),
): Promise<Result> {
  let startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1_000
  const nothing = { row, seed, status: '-', attempts: 0, lost: 0, doubled: 0, unknown: 0 }
  let stage: Stage | undefined
  try {
    stage = await inTurn(() => openStage({ ...row, seed, name: nameOf(row), signal }))
    startedAt = performance.now()
    const played = await play(row, stage)
    return { ...nothing, ...played, seconds: seconds() }
  } catch (thrown) {
    return { ...nothing, seconds: seconds(), problems: [toError(thrown).message.slice(0, maxProblem)] }
  } finally {
    await stage?.close()
  }
}

/** `lost answer × create products`. */
export function nameOf({ fault, operation }: Pick<Row, 'fault' | 'operation'>): string {
  return `${fault} × ${operation.name}`
}

async function play(row: Row, stage: Stage): Promise<Omit<Result, 'row' | 'seed' | 'seconds'>> {
  await row.arm(stage)
  const submitted = await stage.agent.process()?.submit('work', row.request)
  if (submitted === undefined) throw new Error('there is no agent to submit to')
  const { runId } = submitted
  row.during?.(stage, runId)
  const end = await stage.ended(runId, (row.withinSeconds ?? 120) * 1_000)
  if (end === undefined) throw new Error(`the run did not end: ${await lastWords(stage, runId)}`)
  const unfinished = await stage.calm(calmMs)
  await Promise.all(stage.agents.map(agent => agent.stop()))
  const { status, attempt } = end.run
  const { problems, ...findings } = await check(row, stage, end)
  const wanted = row.ends ?? 'success'
  const isAsWanted = status.startsWith(wanted)
  const wrongEnd = isAsWanted ? [] : [`it ended as ${status}: ${end.run.error?.message ?? 'no error'}`]
  return { ...findings, status, attempts: attempt, problems: [...wrongEnd, ...unfinished, ...problems] }
}

async function check(row: Row, stage: Stage, { agent, run }: Ended): Promise<Findings> {
  const { operation, records, store } = stage
  const effects = await operation.effects(records, { store, home: agent.home })
  return judge({
    ...effects,
    status: run.status,
    ...logOf(agent.home, run.runId),
    mayBeUnknown: operation.inFlight * (row.cuts ?? 1),
    isWhole: run.status.startsWith('success'),
  })
}

/** Counts and kept records as they stand in the store of the agent that ended the run. */
function logOf(home: TestHome, runId: string) {
  const store = openLogStore(join(home.directory, 'var', 'agent.db'))
  try {
    const logs = createOperationLogs(
      store,
      createRedactor([], () => undefined),
    )
    return { counts: logs.run(runId).counts, unsettled: logs.unsettled(runId, 0, 1_000_000) }
  } finally {
    store.close()
  }
}

async function lastWords({ agents }: Stage, runId: string): Promise<string> {
  const words = await Promise.all(
    agents.map(async agent => {
      const messages = await agent
        .process()
        ?.messages(runId)
        .catch(() => [])
      return `${agent.name}: ${messages?.at(-1)?.message ?? 'says nothing'}`
    }),
  )
  return words.join('; ')
}
