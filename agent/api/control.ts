import { type Static, Type } from '@sinclair/typebox'
import type { DebugStep } from '../logs/debug-files.ts'
import type { DebugTarget } from '../logs/debug-switches.ts'
import type { LoggedLine, LogQuery } from '../logs/log-reader.ts'
import type { RunPage } from '../logs/run-list.ts'
import type { ListQuery } from '../logs/run-query.ts'
import type { KeptQuery, KeptRecord } from '../logs/unsettled-records.ts'
import type { PolicyAnswer, PolicySetting } from '../policy.ts'
import { connectorOverview } from '../registry/overview.ts'
import type { ChangeQuery, RunChanges } from '../run/changes.ts'
import type { OperationJob, SubmittedFrom } from '../run/operation.ts'
import type { PacedAccount } from '../run/pacing/overview.ts'
import type { RunDetail } from '../run/related.ts'
import type { RunMessage, RunSummary } from '../run/status.ts'
import type { DebugAnswer, DebugList, DebugReset, DebugRun, DebugSetting } from './debug.ts'
import type { LoggerAnswer, LoggerList, LoggerReset, LoggerSetting } from './loggers.ts'
import type { ConnectionEntry, ObjectList, ObjectSchemas, RecordSample } from './look-ups.ts'
import type { ReplayAnswer, ReplayRequest } from './rejected.ts'

/** What the API needs of the agent; `agent.ts` provides it. Every method may throw an AgentError, which becomes the answer. */
export interface AgentControl {
  /** The state now; no I/O, so that it answers whatever else hangs. */
  status(): AgentStatus
  /** Whether jobs can be taken: Redis answers, a runner is up, not draining. Reasons name what is missing. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] }
  /** Puts a run of an operation of the project on the queue. Throws OPERATION_NOT_FOUND, REDIS_UNAVAILABLE. */
  submit(operation: string, request: SubmitRequest, from?: SubmittedFrom): Promise<RunSummary>
  /** Asks a run to stop, wherever in the group it is. Throws RUN_NOT_FOUND, RUN_ENDED. */
  cancel(runId: string): Promise<RunSummary>
  /** Takes no new jobs; resolves at once, the status tells when the last run has ended. */
  drain(): Promise<void>
  resume(): Promise<void>
  runs(query: ListQuery): RunPage
  /** Changes of runs after a cursor, as `ChangeFeed.read`. Throws REQUEST_INVALID, TOO_MANY_WAITING. */
  runChanges(query: ChangeQuery, signal: AbortSignal): Promise<RunChanges>
  /** Throws RUN_NOT_FOUND. */
  run(runId: string): RunDetail
  /** Messages of a run with a `seq` greater than `after`, oldest first. Throws RUN_NOT_FOUND. */
  messages(runId: string, after: number, limit: number): readonly RunMessage[]
  /** Records of a run that were rejected or are in doubt, with a number greater than `after`. Throws RUN_NOT_FOUND. */
  rejected(runId: string, after: number, limit: number, query: KeptQuery): readonly KeptRecord[]
  /** The top-level fields of those records. Throws RUN_NOT_FOUND. */
  rejectedFields(runId: string, query: KeptQuery): readonly string[]
  /** Puts a run of such records on the queue. Throws RUN_NOT_FOUND, REPLAY_REFUSED, OPERATION_NOT_FOUND, REDIS_UNAVAILABLE. */
  replay(runId: string, request: ReplayRequest, from?: SubmittedFrom): Promise<ReplayAnswer>
  connectors(): Promise<readonly InstalledRelease[]>
  /** Throws CONNECTOR_NOT_FOUND. */
  connector(name: string): Promise<ConnectorDetail>
  /** Throws CONNECTOR_UPDATE_OFF, CONNECTOR_DOWNGRADE, CONNECTOR_QUARANTINED and the codes of registries and installs. */
  updateConnector(
    name: string,
    wanted: { readonly version?: string; readonly force?: boolean },
  ): Promise<ConnectorUpdate>
  /** Installs what fits when nothing does yet. Throws REQUEST_INVALID for what is no range, and as `updateConnector`. */
  pinConnector(name: string, range: string): Promise<ConnectorDetail>
  unpinConnector(name: string): Promise<ConnectorDetail>
  /** Throws CONNECTOR_NOT_FOUND when there is nothing to go back to, REQUEST_INVALID while it is pinned. */
  rollBackConnector(name: string, wanted: { readonly version?: string }): Promise<ConnectorDetail>
  /** Throws CONNECTION_NOT_FOUND, RUNNER_UNAVAILABLE and whatever stands in the way of opening the connection. */
  testConnection(name: string): Promise<ConnectionTest>
  /** Connections of the project, and whether they have objects to choose from. Throws RUNNER_UNAVAILABLE. */
  connections(): Promise<readonly ConnectionEntry[]>
  /** This and the next two throw as `testConnection` does, and the codes of connectors. */
  objects(connection: string, filter?: string): Promise<ObjectList>
  schemas(
    connection: string,
    wanted: { readonly activity?: string; readonly object: string; readonly subObject?: string },
  ): Promise<ObjectSchemas>
  /** The first records of a source; changes nothing. */
  query(
    connection: string,
    wanted: { readonly activity?: string; readonly options: unknown; readonly limit: number },
  ): Promise<RecordSample>
  /** Watermarks, of one operation or all. Throws OPERATION_NOT_FOUND, REDIS_UNAVAILABLE, as the next two do. */
  states(operation?: string): Promise<readonly OperationState[]>
  /** Throws REQUEST_INVALID for what is no time with an offset, or lies in the future. */
  setState(operation: string, until: string): Promise<OperationState>
  /** Tells how many were forgotten. */
  resetState(operation: string): Promise<number>
  /** How requests to accounts are paced, over all agents that share the Redis. Throws REDIS_UNAVAILABLE. */
  pacing(): Promise<readonly PacedAccount[]>
  /** What the agent may do by itself. */
  policy(): Promise<PolicyAnswer>
  setPolicy(setting: PolicySetting): Promise<PolicyAnswer>
  /** The loggers there are and those that have a level of their own, with the level that holds. */
  loggers(): Promise<LoggerList>
  /** Sets a level for a time. Throws REQUEST_INVALID for a bad name or time; this and the next REDIS_UNAVAILABLE for a group. */
  setLogger(name: string, setting: LoggerSetting): Promise<LoggerAnswer>
  /** Takes back what was set on this agent, or for the group. */
  resetLogger(name: string, group: boolean): Promise<LoggerReset>
  /** What debug logging is switched on for, and the newest runs that have debug data, at most so many. */
  debug(limit: number): Promise<DebugList>
  /** Throws REQUEST_INVALID for a bad time; this and the next REDIS_UNAVAILABLE for a group. */
  setDebug(target: DebugTarget, setting: DebugSetting): Promise<DebugAnswer>
  resetDebug(target: DebugTarget, group: boolean): Promise<DebugReset>
  /** Throws DEBUG_LOG_NOT_FOUND; the next two DEBUG_LOG_UNREADABLE too, at their first piece or later. */
  debugRun(runId: string): Promise<DebugRun>
  debugLines(runId: string, step: DebugStep): AsyncIterable<string>
  debugArchive(runId: string): AsyncIterable<Buffer>
  /** The Prometheus text of all metrics. */
  metrics(): Promise<string>
  /** Lines of the agent log and the connector logs, oldest first; with `follow` each new one until the signal aborts. */
  agentLog(query: LogQuery, signal: AbortSignal): AsyncIterable<LoggedLine>
}

/** What a submission may carry beside the operation's name: the job less the operation. */
export type SubmitRequest = Omit<OperationJob, 'operation' | 'replayOf' | 'submittedFrom'>

/** The states of an agent. */
const agentStates = ['starting', 'running', 'draining', 'drained', 'stopping'] as const

/** The agent's state as the control plane polls it. */
export const agentStatus = Type.Object(
  {
    agent: Type.String(),
    group: Type.String(),
    version: Type.String(),
    state: Type.Union(agentStates.map(state => Type.Literal(state))),
    startedAt: Type.String({ format: 'date-time' }),
    uptimeSeconds: Type.Integer(),
    pid: Type.Integer(),
    redis: Type.Object({
      connected: Type.Boolean(),
      problem: Type.Optional(Type.String({ description: 'Why not, in plain words.' })),
    }),
    queue: Type.Object({
      name: Type.String(),
      waiting: Type.Optional(Type.Integer({ description: 'Jobs nobody has taken yet, as counted last.' })),
    }),
    connectors: Type.Array(connectorOverview),
    runners: Type.Array(
      Type.Object({
        number: Type.Integer(),
        pid: Type.Optional(Type.Integer()),
        state: Type.Union([
          Type.Literal('starting'),
          Type.Literal('running'),
          Type.Literal('paused'),
          Type.Literal('restarting'),
        ]),
        restarts: Type.Integer(),
        runs: Type.Array(Type.String(), { description: 'Ids of the runs it works on.' }),
      }),
    ),
    policy: Type.Object({
      disableAutoConnectorUpdate: Type.Boolean(),
      allowUnsignedConnectors: Type.Boolean({ description: 'Whether connectors without a signature are loaded.' }),
    }),
  },
  { additionalProperties: false },
)
export type AgentStatus = Static<typeof agentStatus>

/** One installed release of a connector. */
export const installedRelease = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    hash: Type.String({ description: 'First 12 hex digits of the SHA-512 over the list of files.' }),
    directory: Type.String(),
    verified: Type.Boolean({
      description: 'Whether signature, agent range, size and SHA-512 of every listed file are right just now.',
    }),
    signedBy: Type.Optional(Type.String({ description: 'Id of the trusted key; absent: unsigned, or not verified.' })),
    problem: Type.Optional(Type.String()),
    active: Type.Boolean({ description: 'Whether runs use it that ask for no range.' }),
    quarantined: Type.Optional(Type.String({ description: 'Why it is not used any more.' })),
  },
  { additionalProperties: false },
)
export type InstalledRelease = Static<typeof installedRelease>

/** A connector with its installed releases. */
export const connectorDetail = Type.Object(
  { ...connectorOverview.properties, releases: Type.Array(installedRelease) },
  { additionalProperties: false },
)
export type ConnectorDetail = Static<typeof connectorDetail>

/** A connector after the registry was asked for a release of it, and what that brought. */
export const connectorUpdate = Type.Object(
  {
    ...connectorDetail.properties,
    outcome: Type.Object({
      tag: Type.Union([Type.Literal('current'), Type.Literal('installed'), Type.Literal('waits')]),
      version: Type.String(),
    }),
  },
  { additionalProperties: false },
)
export type ConnectorUpdate = Static<typeof connectorUpdate>

/** The answer of a connection test: the connector's report and the release that gave it. */
export const connectionTest = Type.Object(
  {
    connection: Type.String(),
    connector: Type.String(),
    version: Type.String(),
    durationMs: Type.Integer(),
    ok: Type.Boolean(),
    message: Type.String(),
    code: Type.Optional(Type.String()),
    checks: Type.Array(
      Type.Object({
        name: Type.String(),
        status: Type.Union([Type.Literal('passed'), Type.Literal('warning'), Type.Literal('failed')]),
        message: Type.String(),
      }),
    ),
    details: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
)
export type ConnectionTest = Static<typeof connectionTest>

/** Up to when an operation has read its source; the next run that asks for changes goes on from there. */
export const operationState = Type.Object(
  {
    operation: Type.String(),
    connection: Type.String(),
    until: Type.String({ format: 'date-time', description: "In UTC, by the vendor's clock." }),
    savedAt: Type.String({ format: 'date-time' }),
    runId: Type.Optional(Type.String({ description: 'The run that has read so far; absent: set by hand.' })),
  },
  { additionalProperties: false },
)
export type OperationState = Static<typeof operationState>
