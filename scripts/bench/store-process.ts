import { type SandboxOptions, type SandboxRequest, startSandbox } from '../../connectors/bigcommerce/sandbox/sandbox.ts'

/** The sandbox store of a benchmark in a process of its own; it answers the questions of `store.ts` and ends with it. */

/** What may be asked. */
export type StoreQuestion =
  | { readonly tag: 'keys' }
  | { readonly tag: 'traffic'; readonly after: number }
  | { readonly tag: 'tally'; readonly mpn: string }

/** Requests since a count, by the token that sent them. */
export interface Traffic {
  /** Of the store's whole life; what `after` takes. */
  readonly count: number
  readonly byToken: { readonly [token: string]: { readonly requests: number; readonly refused: number } }
}

const store = await startSandbox(JSON.parse(process.argv[2] ?? '{}') as SandboxOptions) // written by store.ts
process.on('message', question => process.send?.(answer(question as StoreQuestion))) // sent by store.ts
process.once('disconnect', () => void store.close())
process.once('SIGTERM', () => void store.close().then(() => process.exit(0)))
process.send?.({ url: store.url })

function answer(question: StoreQuestion): unknown {
  switch (question.tag) {
    case 'keys':
      return store.keys('products').map(Number)
    case 'traffic':
      return trafficOf(
        store.requestCount === question.after ? [] : store.requests.slice(question.after - store.requestCount),
      )
    case 'tally':
      return store.records('products').filter(({ mpn }) => mpn === question.mpn).length
    default:
      return question satisfies never
  }
}

function trafficOf(requests: readonly SandboxRequest[]): Traffic {
  const byToken: Record<string, { requests: number; refused: number }> = {}
  for (const { headers, status } of requests) {
    const token = headers['x-auth-token'] ?? ''
    const sum = byToken[token] ?? { requests: 0, refused: 0 }
    sum.requests += 1
    if (status === 429) sum.refused += 1
    byToken[token] = sum
  }
  return { count: store.requestCount, byToken }
}
