import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { type NewProduct, type ProductUpdate, pageQuery, piecesOf, type ShopClient } from './shop-client.ts'

const lanes = { update: 1, create: 10 }
const perUpdate = 10

/**
 * A loop around undici as somebody writes it who knows the service: requests in flight together, products updated by
 * tens, one after the other as the agent does, and a refused request sent again after the time it was told.
 */
export function createBareLoop(url: string, token: string, readLanes = 16): ShopClient {
  const dispatcher = new Agent({ connections: Math.max(readLanes, ...Object.values(lanes)) })
  const headers = { 'x-auth-token': token, accept: 'application/json', 'content-type': 'application/json' }

  async function send(method: 'GET' | 'POST' | 'PUT', path: string, content?: unknown): Promise<unknown> {
    for (;;) {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(`${url}/stores/sandbox/v3${path}`, {
        method,
        dispatcher,
        headers,
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      })
      const text = await body.text()
      if (statusCode < 300) return JSON.parse(text)
      if (statusCode !== 429) throw new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 200)}`)
      await sleep(Number(answered['x-rate-limit-time-reset-ms'] ?? 1_000))
    }
  }

  return {
    async *read() {
      const fetchPage = async (page: number): Promise<Page> =>
        (await send('GET', `/catalog/products?${new URLSearchParams(text({ ...pageQuery, page }))}`)) as Page // a v3 list
      const first = await fetchPage(1)
      yield first.data
      const pages = Array.from({ length: first.meta.pagination.total_pages - 1 }, (_, at) => at + 2)
      for await (const { data } of inLanes(pages, readLanes, fetchPage)) yield data
    },
    async *update(records: readonly ProductUpdate[]) {
      const put = async (piece: readonly ProductUpdate[]): Promise<number> => {
        await send('PUT', '/catalog/products', piece)
        return piece.length
      }
      yield* inLanes(piecesOf(records, perUpdate), lanes.update, put)
    },
    async *create(records: readonly NewProduct[]) {
      const post = async (record: NewProduct): Promise<number> => {
        await send('POST', '/catalog/products', record)
        return 1
      }
      yield* inLanes(records, lanes.create, post)
    },
  }
}

interface Page {
  readonly data: readonly object[]
  readonly meta: { readonly pagination: { readonly total_pages: number } }
}

/** Does the same with all of a list, so many at a time, and yields what comes of it in order. */
async function* inLanes<In, Out>(
  items: readonly In[],
  count: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running = items.slice(0, count).map(work)
  for (let next = count; running.length > 0; next += 1) {
    const done = await running.shift()
    const item = items[next]
    if (next < items.length && item !== undefined) running.push(work(item))
    if (done !== undefined) yield done
  }
}

function text(query: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}
