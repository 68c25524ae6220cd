import { setTimeout as sleep } from 'node:timers/promises'
import type { Settlement } from '../../sdk/connector.ts'
import type { Item } from './call.ts'
import { readBack, type Search, unsearchable } from './read-back.ts'

/** When records in doubt are looked for, and how often they are sent. */
export interface Manner {
  /** Milliseconds since the doubt. The store may still be working on it, so only the last look is certain of absence. */
  readonly looksMs: {
    /** A broken connection, a time-out, a failure of the store. */
    readonly cut: readonly number[]
    /** The platform answered in the place of the store, which goes on. */
    readonly late: readonly number[]
  }
  /** How often a record is sent that is found to be absent each time. */
  readonly sendings: number
}

/** The manner of a store in production. */
export const usualManner: Manner = {
  looksMs: { cut: [500, 2_000, 5_000], late: [500, 2_000, 5_000, 12_000, 30_000] },
  sendings: 3,
}

/** Looks for records again and again, as long as they are absent or in doubt. One settlement for each. */
export async function lookFor(
  items: readonly Item[],
  looksMs: readonly number[],
  search: Search,
): Promise<ReadonlyMap<Item, Settlement>> {
  const startedAt = performance.now()
  const settlements = new Map<Item, Settlement>(unsearchable(items, search))
  let open = items.filter(item => !settlements.has(item))
  for (const atMs of looksMs) {
    if (open.length === 0) break
    const { signal } = search.context
    const waitMs = Math.max(0, atMs - (performance.now() - startedAt))
    await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    const found = await readBack(open, search)
    for (const [item, settlement] of found) settlements.set(item, settlement)
    open = open.filter(item => ['absent', 'unknown'].includes(found.get(item)?.status ?? 'absent'))
  }
  return settlements
}
