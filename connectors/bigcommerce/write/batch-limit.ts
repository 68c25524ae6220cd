import type { RunContext } from '../../sdk/connector.ts'
import { templateOf } from '../paths.ts'
import { type Call, chunksOf, type Item } from './call.ts'

type State = Pick<RunContext, 'state'>

/** Remembers for the rest of the run that the store found so many records too many for one request (413). */
export function noteTooMany(call: Call, items: readonly Item[], { state }: State): void {
  if (items.length > 1) state.set(keyOf(call), Math.ceil(items.length / 2))
}

/** Cuts records into parts that the store has not found too large in this run. */
export function withinLimit(call: Call, items: readonly Item[], { state }: State): readonly (readonly Item[])[] {
  const most = state.get(keyOf(call))
  return typeof most === 'number' && items.length > most ? chunksOf(items, most) : [items]
}

function keyOf({ route }: Call): string {
  return `most ${route.operation.method} ${templateOf(route)}`
}
