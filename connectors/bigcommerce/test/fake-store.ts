import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReadableStore } from './reading.ts'

/** What a fake store answers; undefined = 404. No body = 204. */
export type FakeAnswer = { readonly status?: number; readonly body?: unknown } | undefined

/** A server in the place of BigCommerce's, for answers that the sandbox does not give. */
export interface FakeStore extends ReadableStore {
  /** Path and query of each request, without the store: `/v3/channels?limit=2`. */
  readonly requests: readonly string[]
  /** The most requests that were open at the same time. */
  readonly mostOpen: number
  close(): Promise<void>
}

/** Starts a store that answers by a function of path and query. Requests that come together are answered together. */
export async function startFakeStore(answer: (path: string, query: URLSearchParams) => FakeAnswer): Promise<FakeStore> {
  const requests: string[] = []
  const counts = { open: 0, most: 0 }
  const server = createServer((request, response) => {
    const target = (request.url ?? '').replace('/stores/fake', '')
    requests.push(target)
    counts.open += 1
    counts.most = Math.max(counts.most, counts.open)
    // One turn later, when all that was sent together has arrived.
    setImmediate(() => {
      counts.open -= 1
      const { pathname, searchParams } = new URL(target, 'http://fake')
      const found = answer(pathname, searchParams)
      const { status = 200, body } = found ?? { status: 404, body: { status: 404, title: 'not found' } }
      response.writeHead(body === undefined ? 204 : status, { 'content-type': 'application/json' })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    storeHash: 'fake',
    accessToken: 'token',
    requests,
    get mostOpen() {
      return counts.most
    },
    close: () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

/** A v3 answer with one page of records, by `page` and `limit`, and by the bounds and the direction of the id. */
export function pageOf(all: readonly unknown[], query: URLSearchParams): FakeAnswer {
  const records = inRange(all, query)
  const limit = Number(query.get('limit') ?? 50)
  const page = Number(query.get('page') ?? 1)
  const pagination = {
    total: records.length,
    per_page: limit,
    current_page: page,
    total_pages: Math.ceil(records.length / limit),
  }
  return { body: { data: records.slice((page - 1) * limit, page * limit), meta: { pagination } } }
}

function inRange(all: readonly unknown[], query: URLSearchParams): readonly unknown[] {
  const [min, max] = [Number(query.get('id:min') ?? 0), Number(query.get('id:max') ?? Number.POSITIVE_INFINITY)]
  const records = all.filter(record => {
    const { id } = record as { id?: unknown } // of the test's own making
    return typeof id !== 'number' || (id >= min && id <= max)
  })
  return query.get('direction') === 'desc' ? records.reverse() : records
}

/** Records with the ids from 1 to `count`. */
export function numbered(count: number, fields: object = {}): readonly { readonly id: number }[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, ...fields }))
}
