import BigCommerce from 'node-bigcommerce'
import { createLoopbackAgent } from './loopback.ts'
import { pageQuery, type ShopClient } from './shop-client.ts'

/** The npm client node-bigcommerce as its README shows it: one call after the other, one record per write. */
export function createNodeBigcommerce(url: string, accessToken: string): ShopClient {
  const client = new BigCommerce({
    accessToken,
    clientId: 'bench',
    storeHash: 'sandbox',
    responseType: 'json',
    apiVersion: 'v3',
    headers: { 'Accept-Encoding': 'identity' }, // nobody here pays for gzip
    agent: createLoopbackAgent(url), // keep-alive, as the global agent it would take
  })
  return {
    async *read() {
      const { limit, sort, direction } = pageQuery
      for (let page = 1, last = 1; page <= last; page += 1) {
        const path = `/catalog/products?limit=${limit}&sort=${sort}&direction=${direction}&page=${page}`
        const { data, meta } = (await client.get(path)) as Page // a v3 list
        last = meta.pagination.total_pages
        yield data
      }
    },
    async *update(records) {
      for (const { id, ...changes } of records) {
        await client.put(`/catalog/products/${id}`, changes)
        yield 1
      }
    },
    async *create(records) {
      for (const record of records) {
        await client.post('/catalog/products', record)
        yield 1
      }
    },
  }
}

interface Page {
  readonly data: readonly object[]
  readonly meta: { readonly pagination: { readonly total_pages: number } }
}
