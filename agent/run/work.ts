import { AsyncLocalStorage } from 'node:async_hooks'
import { type Static, Type } from '@sinclair/typebox'

/** Whose work is being done: of which run, by which connector, in which of its activities (or `connect`, `load`). */
export const workSchema = Type.Object({
  runId: Type.Optional(Type.String()),
  connector: Type.Optional(Type.String()),
  version: Type.Optional(Type.String()),
  activity: Type.Optional(Type.String()),
})
export type Work = Readonly<Static<typeof workSchema>>

/** Knows at any moment whose work is being done, also in timers and promises that the work has left behind. */
export interface WorkTracker {
  /** Undefined for work of the agent's own. */
  current(): Work | undefined
  /** Does a task under more exact words than those it was called under. */
  within<T>(work: Work, task: () => T): T
}

/** A tracker that nobody works under yet. */
export function createWorkTracker(): WorkTracker {
  const storage = new AsyncLocalStorage<Work>()
  return {
    current: () => storage.getStore(),
    within: (work, task) => storage.run({ ...storage.getStore(), ...work }, task),
  }
}
