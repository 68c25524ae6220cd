import type { AgentControl, OperationState } from './api/control.ts'
import type { Project } from './project/project.ts'
import { type KeptWatermark, parseUntil, type WatermarkStore } from './run/watermark.ts'

type StateControl = Pick<AgentControl, 'states' | 'setState' | 'resetState'>

/** What the API can ask and change of watermarks. */
export function createStateControl(project: Project, watermarks: WatermarkStore): StateControl {
  return {
    async states(operation) {
      // A mistyped name is told; one whose file has gone may still have a watermark, which the whole list shows.
      if (operation !== undefined) await project.operation(operation)
      return (await watermarks.list(operation)).map(stateOf)
    },
    async setState(operation, until) {
      const { value } = await project.operation(operation)
      const { connection } = value.source
      const place = { operation, connection: typeof connection === 'string' ? connection : 'inline' }
      const now = new Date()
      const kept = { ...place, until: parseUntil(until, now), savedAt: now.toISOString() }
      await watermarks.set(kept)
      return stateOf(kept)
    },
    async resetState(operation) {
      const count = await watermarks.reset(operation)
      if (count === 0) await project.operation(operation)
      return count
    },
  }
}

/** Without what belongs to the connector. */
function stateOf({ operation, connection, until, savedAt, runId }: KeptWatermark): OperationState {
  return { operation, connection, until, savedAt, ...(runId === undefined ? {} : { runId }) }
}
