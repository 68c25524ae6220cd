import type { DataRecord, RunContext, Settlement } from '../../sdk/connector.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import type { StoreClient } from '../client.ts'
import type { Item } from './call.ts'
import type { Candidate } from './candidates.ts'
import { lookFor, type Manner } from './looks.ts'
import type { WriteOptions } from './options.ts'
import { planWrite } from './plan-write.ts'
import { isRepeatable } from './repeatable.ts'

/** What follows from the options. */
interface Parts {
  readonly object: ObjectFacts
  /** The requests by which the records were sent; none: they were deleted. */
  readonly candidates: readonly Candidate[]
  readonly options: WriteOptions
  readonly manner: Manner
}

/**
 * Finds out what became of records that an earlier attempt of the run sent. What cannot be sent, and what may be sent
 * again without harm, counts as absent.
 */
export async function settleRecords(
  { object, candidates, options, manner }: Parts,
  records: readonly DataRecord[],
  client: StoreClient,
  context: RunContext,
): Promise<readonly Settlement[]> {
  const items = itemsOf(object, candidates, records)
  const ids = new Set<string>()
  const search = { object, options, client, context, taken: () => ids, others: () => items }
  const found = await lookFor(items, manner.looksMs.cut, search)
  const settlements = new Map([...found].map(([{ index }, settlement]) => [index, settlement]))
  return records.map((_, index) => settlements.get(index) ?? { status: 'absent' })
}

/** The records as they were sent by requests that must not be sent twice. */
function itemsOf(
  object: ObjectFacts,
  candidates: readonly Candidate[],
  records: readonly DataRecord[],
): readonly Item[] {
  if (candidates.length === 0) return []
  const numbered = records.map((record, index) => ({ index, record }))
  const { rounds } = planWrite(object, candidates, numbered, () => undefined)
  return rounds.flat().flatMap(call => (isRepeatable(call, call.items) ? [] : call.items))
}
