import { AgentError } from '../errors.ts'
import { createLineFilter } from '../logs/line-filter.ts'
import type { LogQuery } from '../logs/log-reader.ts'
import type { PolicyAnswer } from '../policy.ts'
import type { RunDetail } from '../run/related.ts'
import { hasEnded, noCounts, type RunMessage, type RunSummary } from '../run/status.ts'
import { parseUntil } from '../run/watermark.ts'
import type { AgentControl, AgentStatus, OperationState, SubmitRequest } from './control.ts'
import { createMemoryConnectors, memoryConnector } from './memory-connectors.ts'
import { createMemoryDebug } from './memory-debug.ts'
import { createMemoryLoggers } from './memory-loggers.ts'
import { createMemoryLookUps } from './memory-look-ups.ts'
import { createMemoryRejected } from './memory-rejected.ts'

/** The other side of the API in tests: an agent that keeps its runs in memory and never starts them. */
export interface MemoryControl extends AgentControl {
  /** What `submit` got, in order. */
  readonly submitted: readonly { readonly operation: string; readonly request: SubmitRequest }[]
  /** How many follow the agent log now. */
  followers(): number
  /** Changes what a run says of itself. */
  change(runId: string, change: Partial<RunDetail>): void
  tell(runId: string, level: RunMessage['level'], message: string): void
  /** Adds a line to the agent log. */
  log(line: string): void
}

const submittedAt = '2026-11-23T12:00:00.000Z'

/** An agent with one operation, `Products to CSV`, and one connection, `shop`. */
export function createMemoryControl(overrides: Partial<AgentControl> = {}): MemoryControl {
  const runs = new Map<string, RunDetail>()
  const messages: (RunMessage & { readonly runId: string })[] = []
  const submitted: { operation: string; request: SubmitRequest }[] = []
  const log = createMemoryLog()
  const states = new Map<string, OperationState>()
  let state: AgentStatus['state'] = 'running'
  let isUpdateOff = false

  function run(runId: string): RunDetail {
    const found = runs.get(runId)
    if (found === undefined) throw new AgentError('RUN_NOT_FOUND', `no run "${runId}" is known to this agent`)
    return found
  }

  return {
    submitted,
    followers: log.followers,
    log: log.add,
    change: (runId, change) => void runs.set(runId, { ...run(runId), ...change }),
    tell: (runId, level, message) =>
      void messages.push({ runId, seq: messages.length + 1, at: submittedAt, level, message }),
    status: () => statusOf(state),
    readiness: () => ({ ready: state === 'running', reasons: state === 'running' ? [] : ['the agent is draining'] }),
    async submit(operation, request) {
      checkName(operation)
      submitted.push({ operation, request })
      const made = newRun(request.runId ?? `run-${runs.size + 1}`, runs.size + 1, request)
      runs.set(made.runId, made)
      return made
    },
    async cancel(runId) {
      if (hasEnded(run(runId).status)) throw new AgentError('RUN_ENDED', `run "${runId}" has already ended`)
      runs.set(runId, { ...run(runId), status: 'cancel-requested' })
      return run(runId)
    },
    async drain() {
      state = 'drained'
    },
    async resume() {
      state = 'running'
    },
    runs({ limit, before = Number.POSITIVE_INFINITY, cursor = before, operation, status, parent }) {
      const fitting = [...runs.values()]
        .filter(each => each.cursor < cursor && (operation === undefined || each.operation === operation))
        .filter(each => status === undefined || each.status === status)
        .filter(each => parent === undefined || each.parent?.runId === parent)
        .sort((a, b) => b.cursor - a.cursor)
        .slice(0, limit)
      const last = fitting.at(-1)
      return fitting.length < limit || last === undefined ? { runs: fitting } : { runs: fitting, next: last.cursor }
    },
    // It keeps no changes: tests of them bring a feed.
    runChanges: async ({ after }) => ({ changes: [], next: after, more: false }),
    run,
    messages: (runId, after, limit) =>
      messages
        .filter(each => each.runId === run(runId).runId && each.seq > after)
        .slice(0, limit)
        .map(({ runId: _, ...message }) => message),
    ...createMemoryConnectors(),
    async testConnection(name) {
      if (name !== 'shop') throw new AgentError('CONNECTION_NOT_FOUND', `the project has no connection "${name}"`)
      const checks = [{ name: 'access token', status: 'failed' as const, message: 'the store does not accept it' }]
      const verdict = { ok: false, message: 'the token is not valid', code: 'AUTHENTICATION_FAILED', checks }
      return { connection: name, connector: 'bigcommerce', version: '0.1.0', durationMs: 42, details: {}, ...verdict }
    },
    connections: async () => [
      { name: 'files', connector: 'local-storage', hasObjects: false },
      { name: 'shop', connector: 'bigcommerce', hasObjects: true },
    ],
    ...createMemoryLookUps(),
    ...createMemoryRejected(run),
    ...createMemoryLoggers(),
    ...createMemoryDebug(),
    policy: async () => policyOf(isUpdateOff),
    async setPolicy({ disableAutoConnectorUpdate }) {
      isUpdateOff = disableAutoConnectorUpdate
      return policyOf(isUpdateOff)
    },
    states: async operation => {
      if (operation !== undefined) checkName(operation)
      return [...states.values()]
    },
    async setState(operation, until) {
      checkName(operation)
      const state = {
        operation,
        connection: 'shop',
        until: parseUntil(until, new Date(submittedAt)),
        savedAt: submittedAt,
      }
      states.set(operation, state)
      return state
    },
    async resetState(operation) {
      checkName(operation)
      return Number(states.delete(operation))
    },
    pacing: async () => [
      {
        id: '5f2c',
        connections: ['shop'],
        window: { quota: 150, windowMs: 30_000, left: 40, endsInMs: 12_300, used: 80, usedByOthers: 30 },
        inFlight: [{ endpoint: 'GET /v3/catalog/products', requests: 4 }],
        waiting: 2,
        sent: 1_234,
        waitedMs: 61_000,
        heldMs: 0,
      },
    ],
    metrics: async () => 'agent_runs_total 3\n',
    agentLog: log.read,
    ...overrides,
  }
}

function policyOf(disableAutoConnectorUpdate: boolean): PolicyAnswer {
  return { disableAutoConnectorUpdate, forbiddenBy: disableAutoConnectorUpdate ? ['api'] : [] }
}

function checkName(operation: string): void {
  if (operation !== 'Products to CSV') throw new AgentError('OPERATION_NOT_FOUND', `no operation "${operation}"`)
}

function newRun(runId: string, cursor: number, { requestedBy, parent }: SubmitRequest): RunSummary {
  const who = { ...(requestedBy !== undefined && { requestedBy }), ...(parent !== undefined && { parent }) }
  const job = { operation: 'Products to CSV', status: 'submitted' as const, agent: 'test-agent', attempt: 0, ...who }
  return { runId, cursor, submittedAt, counts: noCounts(), ...job }
}

function statusOf(state: AgentStatus['state']): AgentStatus {
  return {
    agent: 'test-agent',
    group: 'default',
    version: '0.1.0',
    state,
    startedAt: submittedAt,
    uptimeSeconds: 61,
    pid: 4711,
    redis: { connected: true },
    queue: { name: 'default', waiting: 1200 },
    connectors: [memoryConnector],
    runners: [{ number: 1, pid: 4712, state: 'running', restarts: 0, runs: [] }],
    policy: { disableAutoConnectorUpdate: false, allowUnsignedConnectors: false },
  }
}

function createMemoryLog() {
  const lines: string[] = []
  const wakers = new Set<() => void>()
  return {
    followers: () => wakers.size,
    add(line: string) {
      lines.push(line)
      for (const wake of wakers) wake()
    },
    async *read(query: LogQuery, signal: AbortSignal) {
      const isWanted = createLineFilter(query)
      const at = (index: number) => ({ text: lines[index] ?? '', cursor: `agent:${index + 1}` })
      let next = query.after === undefined ? 0 : Number(query.after.split(':')[1])
      const fitting = [...lines.keys()].filter(index => index >= next && isWanted(lines[index] ?? ''))
      const most = query.after === undefined ? (query.lines ?? fitting.length) : fitting.length
      yield* fitting.slice(Math.max(0, fitting.length - most)).map(at)
      if (!query.follow) return
      next = lines.length
      let wake = () => {}
      const waker = () => wake()
      wakers.add(waker)
      signal.addEventListener('abort', waker, { once: true })
      try {
        while (!signal.aborted) {
          for (; next < lines.length; next += 1) if (isWanted(lines[next] ?? '')) yield at(next)
          if (signal.aborted) return
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      } finally {
        wakers.delete(waker)
      }
    },
  }
}
