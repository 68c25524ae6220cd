/** Writes one batch to a test store, as the host would. */
import type { DataRecord, JsonValue, WriteOutcome } from '../../sdk/connector.ts'
import { quietContext, stateOver, type WholeContext } from '../../sdk/quiet-context.ts'
import bigcommerce from '../index.ts'
import type { WriteActivityName } from './options.ts'
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

/** Opens a connection, writes the batch, closes the connection. */
export async function writeTo(
  { url }: Pick<TestStore, 'url'>,
  activity: WriteActivityName,
  options: object,
  batch: readonly DataRecord[],
  { told = { lines: [], state: new Map() }, signal }: { readonly told?: Told; readonly signal?: AbortSignal } = {},
): Promise<readonly WriteOutcome[]> {
  const context = contextFor(told, signal)
  const settings = { apiUrl: url, storeHash: 'abc', accessToken: 'a-token' }
  const connection = await bigcommerce.connect(settings, context)
  const target = bigcommerce.activities[activity]
  if (target?.role !== 'target') throw new Error(`${activity} is no target`)
  try {
    return await target.write(connection, batch, options, context)
  } finally {
    await connection.close()
  }
}
