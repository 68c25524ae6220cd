import type { DataRecord, Page, Position, ReadContext } from '../../sdk/connector.ts'
import { quietContext } from '../../sdk/quiet-context.ts'
import bigcommerce from '../index.ts'

/** The store to read from: the sandbox's, or a fake one. */
export interface ReadableStore {
  readonly url: string
  readonly storeHash: string
  readonly accessToken: string
}

/** Reads all pages of a query, as the host does. */
export async function readPages(
  { url: apiUrl, storeHash, accessToken }: ReadableStore,
  options: object,
  context: Partial<ReadContext> = {},
  from?: Position,
): Promise<readonly Page[]> {
  const connection = await bigcommerce.connect({ apiUrl, storeHash, accessToken }, quietContext())
  const pages: Page[] = []
  try {
    const activity = bigcommerce.activities['Query']
    if (activity?.role !== 'source') throw new Error('Query is no source')
    for await (const page of activity.read(connection, options, from, quietContext(context))) pages.push(page)
    return pages
  } finally {
    await connection.close()
  }
}

/** The records of pages, in their order. */
export function recordsIn(pages: readonly Page[]): readonly DataRecord[] {
  return pages.flatMap(({ records }) => records)
}

/** Reads on from every position of a read, and gives what each of these reads yields beside what it should. */
export async function resumeEverywhere(
  store: ReadableStore,
  options: object,
): Promise<{
  readonly resumed: readonly (readonly DataRecord[])[]
  readonly expected: readonly (readonly DataRecord[])[]
}> {
  const whole = await readPages(store, options)
  const resumed: (readonly DataRecord[])[] = []
  for (const { position } of whole) {
    const stored = JSON.parse(JSON.stringify(position)) as Position // as the host keeps it
    resumed.push(recordsIn(await readPages(store, options, {}, stored)))
  }
  return { resumed, expected: whole.map((_, index) => recordsIn(whole.slice(index + 1))) }
}
