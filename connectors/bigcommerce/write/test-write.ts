/** Writes one batch to a test store, as the host would. */
import type { DataRecord, JsonValue, Pacing, Settlement, WriteJournal, WriteOutcome } from '../../sdk/connector.ts'
import { quietContext, stateOver, type WholeContext } from '../../sdk/quiet-context.ts'
import bigcommerce from '../index.ts'
import type { ReadableStore } from '../test/reading.ts'
import type { Manner } from './looks.ts'
import type { WriteActivityName } from './options.ts'
import { createTarget } from './target.ts'
import type { TestStore } from './test-store.ts'

/** What a test looks at besides the outcomes. */
export interface Told {
  readonly lines: string[]
  readonly state: Map<string, JsonValue>
}

/** A context that keeps what is told. */
export function contextFor({ lines, state }: Told, signal = new AbortController().signal): WholeContext {
  return quietContext({ signal, state: stateOver(state), tell: (_, message) => void lines.push(message) })
}

/** Looks again at once. */
const soon: Manner = { looksMs: { cut: [0, 5], late: [0, 5, 10] }, sendings: 3 }

interface Circumstances {
  readonly told?: Told
  readonly signal?: AbortSignal
  readonly journal?: WriteJournal
  readonly pacing?: Pacing
}

/** Finds out what became of records, as the host does after a crash. */
export async function settleIn(
  { url }: Pick<TestStore, 'url'>,
  activity: WriteActivityName,
  options: object,
  records: readonly DataRecord[],
): Promise<readonly Settlement[]> {
  const context = contextFor({ lines: [], state: new Map() })
  const connection = await bigcommerce.connect({ apiUrl: url, storeHash: 'abc', accessToken: 'a-token' }, context)
  try {
    return (await createTarget(activity, soon).settle?.(connection, records, options, context)) ?? []
  } finally {
    await connection.close()
  }
}

/** Opens a connection, writes the batch, closes the connection. */
export async function writeTo(
  { url }: Pick<TestStore, 'url'>,
  activity: WriteActivityName,
  options: object,
  batch: readonly DataRecord[],
  circumstances: Circumstances = {},
): Promise<readonly WriteOutcome[]> {
  return writeIn({ url, storeHash: 'abc', accessToken: 'a-token' }, activity, options, batch, circumstances)
}

/** The same, to any store. */
export async function writeIn(
  { url: apiUrl, storeHash, accessToken }: ReadableStore,
  activity: WriteActivityName,
  options: object,
  batch: readonly DataRecord[],
  { told = { lines: [], state: new Map() }, signal, ...changes }: Circumstances = {},
): Promise<readonly WriteOutcome[]> {
  const context = { ...contextFor(told, signal), ...changes }
  const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, context)
  try {
    return await createTarget(activity, soon).write(connection, batch, options, context)
  } finally {
    await connection.close()
  }
}
