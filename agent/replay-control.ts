import type { DataRecord } from '../connectors/sdk/connector.ts'
import type { AgentControl } from './api/control.ts'
import type { ReplayAnswer, ReplayRequest } from './api/rejected.ts'
import { AgentError } from './errors.ts'
import type { OperationLogs } from './logs/operation-log.ts'
import type { Project } from './project/project.ts'
import type { OperationQueue } from './queue.ts'
import { chooseRecords, refusal } from './replay-choice.ts'
import { createJobParser, jobToRepeat, type OperationJob, type SubmittedFrom } from './run/operation.ts'
import type { ReplayedRecord, ReplayStore } from './run/replay.ts'
import { hasEnded } from './run/status.ts'
import { newRunId } from './run-id.ts'

interface Parts {
  readonly agent: string
  readonly logs: OperationLogs
  readonly queue: Pick<OperationQueue, 'submit' | 'dataOf'>
  readonly replays: Pick<ReplayStore, 'put'>
  readonly project: Pick<Project, 'operation'>
}

/** What the API can ask of rejected records. */
export function createReplayControl(parts: Parts): Pick<AgentControl, 'rejected' | 'rejectedFields' | 'replay'> {
  const { logs, project } = parts
  const parseJob = createJobParser()
  /** Two replays of one run at the same time could choose the same records. */
  const busy = new Set<string>()

  async function replay(runId: string, request: ReplayRequest, from: SubmittedFrom | undefined): Promise<ReplayAnswer> {
    const newId = request.runId ?? newRunId(new Date())
    const known = logs.find(newId)
    if (known !== undefined) {
      if (known.replayOf === runId) return { run: known, records: known.total ?? 0, leftOut: 0 }
      throw new AgentError('RUN_ID_TAKEN', `run ${newId} is no replay of run ${runId}`)
    }
    const job = parseJob(await jobOf(runId, parts))
    if (typeof job.operation === 'string') await project.operation(job.operation)
    return submitReplay({ runId, newId, job, request, from }, parts)
  }

  return {
    rejected(runId, after, limit, query) {
      logs.run(runId)
      return logs.unsettled(runId, after, limit, query)
    },
    rejectedFields(runId, query) {
      logs.run(runId)
      return logs.unsettledFields(runId, query)
    },
    async replay(runId, request, from) {
      const { status } = logs.run(runId)
      if (!hasEnded(status)) throw refusal(`run ${runId} has not ended yet: ${status}`)
      if (busy.has(runId)) throw refusal(`another replay of run ${runId} is being submitted`)
      busy.add(runId)
      try {
        return await replay(runId, request, from)
      } finally {
        busy.delete(runId)
      }
    },
  }
}

/** What the run was asked to do: as the log keeps it, or as the queue still has it. */
async function jobOf(runId: string, { logs, queue }: Parts): Promise<unknown> {
  const kept = logs.keptJob(runId)
  if (kept?.isMasked === true) throw refusal(`the variables of run ${runId} held secrets, which the log does not keep`)
  if (kept !== undefined) return kept.job
  const data = await queue.dataOf(logs.jobOf(runId))
  if (data !== undefined) return data
  throw refusal(`run ${runId} brought its operation along in its job, and that is gone from the queue`)
}

interface ReplayPlan {
  readonly runId: string
  readonly newId: string
  readonly job: OperationJob
  readonly request: ReplayRequest
  readonly from: SubmittedFrom | undefined
}

async function submitReplay(
  { runId, newId, job, request, from }: ReplayPlan,
  { agent, logs, queue, replays }: Parts,
): Promise<ReplayAnswer> {
  const code = request.code === undefined ? {} : { code: request.code }
  const { numbers, leftOut } = chooseRecords(logs.unsettledHeads(runId, code), request, newId)
  const chunks = await replays.put(newId, recordsOf(runId, { numbers, request, logs }))
  // Before the job is in the queue: a record that is not marked may be replayed by anybody.
  logs.markReplayed(runId, numbers, newId)
  const who = request.requestedBy === undefined ? {} : { requestedBy: request.requestedBy }
  const replayOf = { runId, records: numbers.length, chunks }
  const jobId = await queue.submit(newId, {
    ...{ ...jobToRepeat(job), ...who, runId: newId, replayOf },
    ...(from && { submittedFrom: { ...from, agent } }),
  })
  const operation = logs.run(runId).operation
  logs.open({ runId: newId, jobId, operation, agent, submittedAt: Date.now(), replayOf: runId, ...who })
  logs.change(newId, { total: numbers.length })
  return { run: logs.run(newId), records: numbers.length, leftOut }
}

const pageRecords = 500

/** The chosen records, as they are kept or as they were given anew; read page by page. */
function* recordsOf(
  runId: string,
  { numbers, request, logs }: { numbers: readonly number[]; request: ReplayRequest; logs: OperationLogs },
): Generator<ReplayedRecord> {
  const chosen = new Set(numbers)
  const edited = new Map(request.records?.map(({ number, record }) => [number, record as DataRecord])) // out of JSON
  let after = (numbers[0] ?? 1) - 1
  for (;;) {
    const page = logs.unsettled(runId, after, pageRecords)
    for (const { number, stage, record } of page) {
      if (chosen.has(number)) yield { stage, record: edited.get(number) ?? record }
    }
    after = page.at(-1)?.number ?? after
    if (page.length < pageRecords || after >= (numbers.at(-1) ?? 0)) return
  }
}
