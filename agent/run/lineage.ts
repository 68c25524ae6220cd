import { type OperationJob, operationNameOf } from './operation.ts'

/** The run another one belongs to, as its job names it. */
export type Parent = NonNullable<OperationJob['parent']>

/** What this agent knows of a run that is somebody's parent. */
export type ParentOf = (runId: string) => { readonly operation: string; readonly parent?: Parent } | undefined

/** Deeper than anybody nests runs on purpose. */
const mostAncestors = 50

/** Operations of the parent, of its parent, and so on, as far as they are known; a circle ends where it closes. */
export function ancestorsOf(parent: Parent | undefined, parentOf: ParentOf): readonly string[] {
  const seen = new Set<string>()
  const operations: string[] = []
  let next = parent
  while (next !== undefined && !seen.has(next.runId) && seen.size < mostAncestors) {
    seen.add(next.runId)
    const known = parentOf(next.runId)
    const operation = next.operation ?? known?.operation
    if (operation !== undefined) operations.push(operation)
    next = known?.parent
  }
  return operations
}

/** What can be told of a job that may be anything: it is not checked yet. */
export function runFactsOf(data: unknown): {
  readonly operation: string
  readonly isDebug: boolean
  readonly parent: Parent | undefined
} {
  const nothing = { operation: 'unknown', isDebug: false, parent: undefined }
  if (typeof data !== 'object' || data === null) return nothing
  const { operation, debug, parent } = data as Partial<OperationJob> // looked at with care
  const isOperation = typeof operation === 'string' || (typeof operation === 'object' && operation !== null)
  return {
    operation: isOperation ? String(operationNameOf({ operation })).slice(0, 100) : 'unknown',
    isDebug: debug?.enabled === true,
    parent: typeof parent?.runId === 'string' ? parent : undefined,
  }
}
