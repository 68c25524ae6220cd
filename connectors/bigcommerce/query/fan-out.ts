import { isDeepStrictEqual } from 'node:util'
import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { Portion, Reader, Source, SourcePosition } from './source.ts'

/** What is read for one parent. */
export interface Branch {
  readonly source: Source
  /** Tells the parent from all others. */
  readonly key: JsonValue
  /** Added to each of its records where they do not have it. */
  readonly carried?: DataRecord
}

/** How a fan-out is done. */
export interface FanOut {
  /** Its records are the parents: only what `branchOf` and the position need. */
  readonly parents: Source
  branchOf(parent: DataRecord): Branch
  /** How many parents are read at the same time. */
  readonly ahead: number
  /** Called at the end when parents were gone (404) by the time their turn came; absent: that is an error. */
  readonly whenGone?: (gone: number, all: number, reader: Reader) => void
}

interface Started {
  /** Where the portion of parents begins, and where in it this parent stands. */
  readonly parents: SourcePosition | undefined
  readonly index: number
  readonly branch: Branch
  readonly portions: AsyncGenerator<Portion>
  readonly first: Promise<IteratorResult<Portion>>
}

/**
 * Reads many lists as one: records in the order of their parents, the first pages of several parents at the same time.
 * A position names the parent and the place in its list; a parent that has gone meanwhile is passed over on resuming.
 */
export function fanOut(plan: FanOut): Source {
  return async function* (from, reader) {
    const stop = new AbortController()
    const signal = AbortSignal.any([reader.context.signal, stop.signal])
    const inner = { ...reader, most: Number.POSITIVE_INFINITY, context: { ...reader.context, signal } }
    const counts = { gone: 0, all: 0 }
    const starting = start(plan, from, inner, counts)
    const window: Started[] = []
    const fill = async () => {
      while (window.length < plan.ahead) {
        const { done, value } = await starting.next()
        if (done === true) return
        window.push(value)
      }
    }
    let head: Started | undefined
    try {
      await fill()
      for (head = window.shift(); head !== undefined; head = window.shift()) {
        let turn = await head.first
        // Requests for other parents go out before the reader works on these records.
        await fill()
        for (; turn.done !== true; turn = await head.portions.next()) yield portionOf(head, turn.value)
      }
      if (counts.gone > 0) plan.whenGone?.(counts.gone, counts.all, reader)
    } finally {
      stop.abort(new Error('the reader has stopped'))
      const open = head === undefined ? window : [head, ...window]
      await Promise.allSettled([starting.return(undefined), ...open.map(({ portions }) => portions.return(undefined))])
    }
  }
}

/** Starts one parent after the other, each when it is asked for. */
async function* start(
  plan: FanOut,
  from: SourcePosition | undefined,
  reader: Reader,
  counts: { gone: number; all: number },
): AsyncGenerator<Started> {
  let again = from === undefined ? undefined : parsePosition(from)
  let parents = again?.parents ?? undefined
  for await (const { records, next } of plan.parents(parents, reader)) {
    const branches = records.map(parent => plan.branchOf(parent))
    const first = again === undefined ? { index: 0, at: undefined } : whereIn(branches, again)
    again = undefined
    for (const [index, branch] of branches.entries()) {
      if (index < first.index) continue
      counts.all += 1
      const all = branch.source(index === first.index ? first.at : undefined, reader)
      const portions = plan.whenGone === undefined ? all : unlessGone(all, () => (counts.gone += 1))
      const turn = portions.next()
      // It may fail long before its turn comes, or never be looked at.
      turn.catch(() => undefined)
      yield { parents, index, branch, portions, first: turn }
    }
    parents = next
  }
}

interface FanOutPosition {
  readonly parents: SourcePosition | null
  readonly index: number
  readonly key: JsonValue
  readonly at: SourcePosition
}

function parsePosition(position: SourcePosition): FanOutPosition {
  if (typeof position['index'] === 'number' && typeof position['at'] === 'object' && position['at'] !== null)
    return position as unknown as FanOutPosition // made below
  throw new ConnectorError('STATE_LOST', 'the position of an earlier attempt is not one of this release')
}

/** By its key where it still is, else at the place where its follower has moved up to. */
function whereIn(branches: readonly Branch[], { index, key, at }: FanOutPosition) {
  const found = branches.findIndex(branch => isDeepStrictEqual(branch.key, key))
  return found >= 0 ? { index: found, at } : { index, at: undefined }
}

function portionOf({ parents, index, branch }: Started, { records, next }: Portion): Portion {
  const { carried, key } = branch
  return {
    records: carried === undefined ? records : records.map(record => ({ ...carried, ...record })),
    next: { parents: parents ?? null, index, key, at: next } satisfies FanOutPosition,
  }
}

async function* unlessGone(portions: AsyncGenerator<Portion>, whenGone: () => void): AsyncGenerator<Portion> {
  try {
    yield* portions
  } catch (cause) {
    // By code: an error may come from another copy of the class.
    if ((cause as { code?: unknown }).code !== 'NOT_FOUND') throw cause
    whenGone()
  }
}

/** A source of given records, for parents that are known beforehand. */
export function given(records: readonly DataRecord[]): Source {
  return async function* () {
    yield { records, next: { end: true } }
  }
}
