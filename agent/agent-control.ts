import type { AgentDebug } from './agent-debug.ts'
import type { AgentControl, AgentStatus, SubmitRequest } from './api/control.ts'
import { createConnectorControl } from './connector-control.ts'
import type { ConnectorUpkeep } from './connector-upkeep.ts'
import { createDebugControl } from './debug-control.ts'
import { AgentError } from './errors.ts'
import { createLoggerControl } from './logger-control.ts'
import type { ChangeFeed } from './logs/change-feed.ts'
import type { Levels } from './logs/levels.ts'
import { readLogs } from './logs/log-reader.ts'
import type { NewRun, OperationLogs } from './logs/operation-log.ts'
import { createLookUpControl } from './look-up-control.ts'
import type { PacingOverview } from './pacing-overview.ts'
import type { AgentPolicy } from './policy.ts'
import type { Project } from './project/project.ts'
import type { OperationQueue } from './queue.ts'
import { createReplayControl } from './replay-control.ts'
import type { ReplayStore } from './run/replay.ts'
import { hasEnded, type RunSummary } from './run/status.ts'
import type { WatermarkStore } from './run/watermark.ts'
import { newRunId } from './run-id.ts'
import type { Runners } from './runners.ts'
import { createStateControl } from './state-control.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** What the API can ask of a running agent, over the agent's parts. */
export function createControl(parts: {
  readonly agent: string
  readonly status: () => AgentStatus
  readonly setDraining: (isDraining: boolean) => void
  readonly logs: OperationLogs
  readonly changes: ChangeFeed
  readonly levels: Levels
  readonly debug: AgentDebug
  readonly logDirectory: string
  readonly queue: OperationQueue
  readonly replays: ReplayStore
  readonly runners: Runners
  readonly project: Project
  readonly upkeep: ConnectorUpkeep
  readonly metrics: Metrics
  readonly watermarks: WatermarkStore
  readonly pacing: PacingOverview
  readonly policy: AgentPolicy
}): AgentControl {
  const { agent, status, logs, queue, runners, project, upkeep, metrics, watermarks } = parts
  return {
    status,
    readiness: () => readinessOf(status(), runners.hasReady()),
    async submit(operation, request, from) {
      await project.operation(operation)
      const runId = request.runId ?? newRunId(new Date())
      const known = logs.find(runId)
      if (known !== undefined && known.operation !== operation) {
        throw new AgentError('RUN_ID_TAKEN', `run ${runId} is one of operation ${JSON.stringify(known.operation)}`)
      }
      const jobId = await queue.submit(runId, {
        ...{ ...request, operation, runId },
        ...(from && { submittedFrom: { ...from, agent } }),
      })
      logs.open({ runId, jobId, operation, agent, submittedAt: Date.now(), ...originOf(request) })
      return logs.run(runId)
    },
    cancel: runId => cancel(runId, parts),
    drain: async () => parts.setDraining(true),
    resume: async () => parts.setDraining(false),
    runs: query => logs.page(query),
    runChanges: (query, signal) => parts.changes.read(query, signal),
    run: runId => ({ ...logs.run(runId), ...logs.related(runId) }),
    messages: (runId, after, limit) => logs.messages(runId, after, limit),
    ...createConnectorControl(upkeep, agent),
    ...createReplayControl(parts),
    ...createLookUpControl({ project, runners, supply: upkeep.supply }),
    ...createStateControl(project, watermarks),
    ...createLoggerControl(parts.levels, upkeep.loader),
    ...createDebugControl(parts),
    policy: async () => parts.policy.current(),
    setPolicy: async setting => parts.policy.set(setting),
    pacing: () => parts.pacing.accounts(),
    metrics: () => metrics.text(),
    agentLog: (query, signal) => readLogs(parts.logDirectory, query, signal),
  }
}

function originOf({ requestedBy, parent }: SubmitRequest): Pick<NewRun, 'requestedBy' | 'parent'> {
  return { ...(requestedBy === undefined ? {} : { requestedBy }), ...(parent === undefined ? {} : { parent }) }
}

function readinessOf({ redis, state }: AgentStatus, hasRunner: boolean): ReturnType<AgentControl['readiness']> {
  const reasons = [
    ...(redis.connected ? [] : [`redis: ${redis.problem ?? 'not connected yet'}`]),
    ...(hasRunner ? [] : ['no runner is up']),
    ...(state === 'running' ? [] : [`the agent is ${state}`]),
  ]
  return { ready: reasons.length === 0, reasons }
}

async function cancel(
  runId: string,
  {
    logs,
    queue,
    runners,
    replays,
  }: { logs: OperationLogs; queue: OperationQueue; runners: Runners; replays: ReplayStore },
): Promise<RunSummary> {
  const run = logs.run(runId)
  if (hasEnded(run.status)) throw new AgentError('RUN_ENDED', `run ${runId} has ended already: ${run.status}`)
  logs.change(runId, { status: 'cancel-requested' })
  if (runners.cancel(runId)) return logs.run(runId)
  // An earlier attempt may have left records in doubt; whoever takes the run next counts them and ends it.
  if (run.attempt > 0) await Promise.all([queue.hurry(logs.jobOf(runId)), queue.askToCancel(runId)])
  // Nobody here works on it: it waits in the queue, or another agent of the group has it.
  else if (await queue.remove(logs.jobOf(runId))) {
    logs.change(runId, { status: 'canceled', endedAt: Date.now() })
    logs.tell(runId, 'info', 'canceled before it began')
    if (run.replayOf !== undefined) await replays.drop(runId)
  } else await queue.askToCancel(runId)
  return logs.run(runId)
}
