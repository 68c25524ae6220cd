import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { DataRecord } from '../../../connectors/sdk/connector.ts'
import { toError } from '../../errors.ts'
import { hasEnded, type RunSummary } from '../../run/status.ts'
import type { TestHome } from '../agent-process.ts'
import { startRedis, type TestRedis } from '../redis.ts'
import type { HttpEvent } from './http-tap.ts'
import type { OperationKind } from './operations.ts'
import { openQueueLook, type QueueLook } from './queue-look.ts'
import { createPick, type Pick } from './random.ts'
import { type RedisEvent, type RunStep, runStepOf } from './redis-tap.ts'
import { createStageAgent, type StageAgent } from './stage-agent.ts'
import type { Trap } from './traps.ts'

/** What a row wants on its stage. */
export interface StageSettings {
  readonly operation: OperationKind
  readonly seed: number
  /** Names the row, so that rows of one seed draw differently. */
  readonly name: string
  /** Names of the agents; all are of one group, each has its own home. Default one. */
  readonly agents?: readonly string[]
  /** Runner processes of each; default 1. */
  readonly runners?: number
  readonly set?: readonly string[]
  readonly env?: (home: TestHome) => Promise<Readonly<Record<string, string>>>
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

/** Everything a row plays with: a store, a Redis, agents behind proxies. */
export interface Stage {
  readonly operation: OperationKind
  readonly records: readonly DataRecord[]
  readonly pick: Pick
  readonly store: Sandbox
  readonly redis: TestRedis
  readonly agents: readonly StageAgent[]
  /** The agent that gets the run. */
  readonly agent: StageAgent
  /** Sets a trap at the n-th request that matters to the operation, or at its answer. */
  atStore(at: HttpEvent['at'], trap: Omit<Trap<HttpEvent>, 'matches'>): void
  /** Sets a trap at the n-th command that does something for a run, or at its reply. */
  atRun(at: RedisEvent['at'], step: RunStep, trap: Omit<Trap<RedisEvent>, 'matches'>): void
  /** Lets the other agents take nothing, until `resumeOthers`. */
  drainOthers(): Promise<void>
  resumeOthers(): Promise<void>
  /** Does something beside the run; a failure counts against the row. */
  later(work: () => Promise<unknown>): void
  /** Waits until an agent says that the run has ended; undefined when none does in time. */
  ended(runId: string, withinMs: number): Promise<Ended | undefined>
  /** Waits until all is over: later work done, traps sprung, agents idle. Returns what did not come to its end. */
  calm(withinMs: number): Promise<readonly string[]>
  close(): Promise<void>
}

/** A run that has ended, and where. */
export interface Ended {
  readonly agent: StageAgent
  readonly run: RunSummary
}

const lookEveryMs = 50

/** Sets a stage; the agents are up when it resolves. */
export async function openStage(settings: StageSettings): Promise<Stage> {
  const { operation, seed, name, agents: names = ['one'], signal } = settings
  const [store, redis] = await Promise.all([startSandbox({ ...operation.store, seed }), startRedis()])
  const records = operation.records(seed, store)
  const agents: StageAgent[] = []
  const queue = openQueueLook(redis.url)
  const close = () => closeAll(agents, store, redis, queue)
  try {
    for (const each of names)
      agents.push(await createStageAgent({ ...partsOf(settings), name: each, records, store, redis }))
    await Promise.all(agents.map(agent => agent.start()))
    const [agent] = agents
    if (agent === undefined) throw new Error('a stage needs an agent')
    const work = createLaterWork()
    return {
      operation,
      records,
      pick: createPick(seed, name),
      store,
      redis,
      agents,
      agent,
      atStore(at, trap) {
        const matches = (event: HttpEvent) => event.at === at && isOf(operation, event)
        agent.store.traps.set({ ...trap, matches })
      },
      atRun(at, step, trap) {
        agent.redis.traps.set({ ...trap, matches: event => event.at === at && runStepOf(event) === step })
      },
      drainOthers: () => tellOthers(agents, 'drain'),
      resumeOthers: () => tellOthers(agents, 'resume'),
      later: work.add,
      ended: (runId, withinMs) => ended(agents, runId, { withinMs, signal }),
      calm: withinMs => calm({ agents, work, queue }, { withinMs, signal }),
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function partsOf({ operation, runners = 1, set = [], env = async () => ({}) }: StageSettings) {
  return { operation, set: [`runners=${runners}`, ...set], env }
}

async function tellOthers([, ...others]: readonly StageAgent[], what: 'drain' | 'resume'): Promise<void> {
  await Promise.all(others.map(other => other.process()?.client.post(`/v1/${what}`)))
}

async function closeAll(
  agents: readonly StageAgent[],
  store: Sandbox,
  redis: TestRedis,
  queue: QueueLook,
): Promise<void> {
  queue.close()
  await Promise.all(agents.map(agent => agent.stop()))
  await Promise.all(agents.map(agent => agent.delete()))
  await Promise.all([store.close(), redis.close()])
}

/** `/stores/<hash>/v3/catalog/products?id:in=…` is of `/v3/catalog/products`. */
function isOf({ method, path }: OperationKind, event: HttpEvent): boolean {
  const asked = event.path.replace(/^\/stores\/[^/]+/, '').split('?')[0] ?? ''
  return event.method === method && (path.endsWith('/') ? asked.startsWith(path) : asked === path)
}

interface LaterWork {
  add(work: () => Promise<unknown>): void
  isDone(): boolean
  readonly problems: string[]
}

function createLaterWork(): LaterWork {
  let open = 0
  const problems: string[] = []
  return {
    problems,
    add(work) {
      open += 1
      work()
        .catch((thrown: unknown) => problems.push(`the fault itself failed: ${toError(thrown).message}`))
        .finally(() => {
          open -= 1
        })
    },
    isDone: () => open === 0,
  }
}

interface Patience {
  readonly withinMs: number
  readonly signal: AbortSignal
}

async function ended(
  agents: readonly StageAgent[],
  runId: string,
  { withinMs, signal }: Patience,
): Promise<Ended | undefined> {
  const endsAt = performance.now() + withinMs
  while (performance.now() < endsAt) {
    for (const agent of agents) {
      const run = await agent
        .process()
        ?.client.get<RunSummary>(`/v1/runs/${runId}`)
        .catch(() => undefined)
      if (run !== undefined && hasEnded(run.status)) return { agent, run }
    }
    await sleep(lookEveryMs, undefined, { signal })
  }
  return undefined
}

interface Calming {
  readonly agents: readonly StageAgent[]
  readonly work: LaterWork
  readonly queue: QueueLook
}

async function calm({ agents, work, queue }: Calming, { withinMs, signal }: Patience): Promise<readonly string[]> {
  const endsAt = performance.now() + withinMs
  const traps = () => agents.reduce((sum, { store, redis }) => sum + store.traps.waiting() + redis.traps.waiting(), 0)
  let isIdle = false
  for (;;) {
    const idle = await Promise.all([queue.isEmpty(), ...agents.map(agent => agent.isIdle())])
    isIdle = idle.every(Boolean)
    if (isIdle && work.isDone() && traps() === 0) return work.problems
    if (performance.now() > endsAt) break
    await sleep(lookEveryMs, undefined, { signal })
  }
  return [
    ...work.problems,
    ...(work.isDone() ? [] : ['the fault has not ended']),
    ...(traps() === 0 ? [] : ['the fault never came: the point it waits for was not passed']),
    ...(isIdle ? [] : ['a run is still held or waits']),
  ]
}
