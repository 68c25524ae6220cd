import type { JsonValue, RunStateStore, Watermark, WatermarkKeeper } from '../../connectors/sdk/connector.ts'
import { AgentError, errorCode } from '../errors.ts'
import type { OperationLogs } from '../logs/operation-log.ts'
import type { ResolvedOperation } from '../project/resolve.ts'
import type { Taken } from './checkpoint.ts'
import type { OperationJob } from './operation.ts'
import type { RunCounts } from './status.ts'
import type { WatermarkStore } from './watermark.ts'

/** The watermark of a run's operation. */
export interface RunWatermark {
  /** What the source gets. A proposal stands in the source's state, so that it survives a crash with the checkpoint. */
  keeperOver(state: RunStateStore): WatermarkKeeper
  /**
   * Moves the watermark to what was proposed, when nothing can be lost by that: rejected records are kept with the run,
   * but what became of unknown ones nobody knows. Throws RUN_LOST; without Redis the watermark stays where it was.
   */
  settle(counts: RunCounts): Promise<void>
}

const proposalKey = 'host:watermark'

/** The watermark for one attempt at a run. Only operations of the project have one: others have no name to keep it under. */
export function createRunWatermark(
  runId: string,
  taken: Taken,
  {
    job,
    operation,
    watermarks,
    logs,
  }: {
    readonly job: OperationJob
    readonly operation: ResolvedOperation
    readonly watermarks: WatermarkStore
    readonly logs: OperationLogs
  },
): RunWatermark {
  const place = { operation: operation.name, connection: operation.source.connectionName }
  let proposal = taken.checkpoint?.state.source[proposalKey] as Watermark | undefined // written below
  return {
    keeperOver: state => ({
      async get() {
        if (typeof job.operation === 'string') return watermarks.get(place)
        throw new AgentError('OPERATION_INVALID', 'only an operation of the project remembers its last success')
      },
      propose(watermark) {
        proposal = watermark
        state.set(proposalKey, watermark as unknown as JsonValue) // plain JSON by its type
      },
    }),
    async settle({ unknown }) {
      if (proposal === undefined || typeof job.operation !== 'string') return
      if (unknown > 0) {
        const why = `it is not known what became of ${unknown} records`
        logs.tell(runId, 'warning', `the watermark was not moved, as ${why}; the next run reads the same changes again`)
        return
      }
      try {
        const kept = { ...proposal, ...place, runId, savedAt: new Date().toISOString() }
        await watermarks.move(kept, runId, taken.fence)
        logs.tell(runId, 'info', `read up to ${proposal.until}; the next run goes on from there`)
      } catch (thrown) {
        if (errorCode(thrown) !== 'REDIS_UNAVAILABLE') throw thrown
        const message =
          'the watermark was not moved, as redis does not answer; the next run reads the same changes again'
        logs.tell(runId, 'warning', message, 'REDIS_UNAVAILABLE')
      }
    },
  }
}
