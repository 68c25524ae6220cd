import { Management } from '@space48/bigcommerce-api'
import { createLoopbackAgent } from './loopback.ts'
import { pageQuery, piecesOf, type ShopClient } from './shop-client.ts'

const header = { 'Accept-Encoding': 'identity' } // nobody here pays for gzip

/**
 * The npm client @space48/bigcommerce-api: its own list, and its typed put and post, one call after the other. Products
 * are updated one by one, or by as many as a call may hold.
 */
export function createSpace48(url: string, accessToken: string, perUpdate: number): ShopClient {
  const agent = createLoopbackAgent(url, 10) // keep-alive and ten sockets, as the agent it would make itself
  const v3 = new Management.Client({ storeHash: 'sandbox', accessToken, agent }).v3 as unknown as LooseClient
  return {
    async *read() {
      let page: object[] = []
      for await (const record of v3.list('/catalog/products', { query: pageQuery, header })) {
        page.push(record)
        if (page.length < pageQuery.limit) continue
        yield page
        page = []
      }
      if (page.length > 0) yield page
    },
    async *update(records) {
      if (perUpdate > 1) {
        for (const piece of piecesOf(records, perUpdate)) {
          await v3.put('/catalog/products', { body: piece, header })
          yield piece.length
        }
        return
      }
      for (const { id, ...changes } of records) {
        await v3.put('/catalog/products/{product_id}', { path: { product_id: id }, body: changes, header })
        yield 1
      }
    },
    async *create(records) {
      for (const record of records) {
        await v3.post('/catalog/products', { body: record, header })
        yield 1
      }
    },
  }
}

/** What is used of the client; its own types want the whole product in every put. */
interface LooseClient {
  list(path: string, params: object): AsyncIterable<object>
  put(path: string, params: object): Promise<unknown>
  post(path: string, params: object): Promise<unknown>
}
