/** The package has no types; these are of its README and of what is used. */
declare module 'node-bigcommerce' {
  import type { Agent } from 'node:http'

  class BigCommerce {
    constructor(config: {
      readonly accessToken: string
      readonly clientId: string
      readonly storeHash: string
      readonly responseType: 'json'
      readonly apiVersion: 'v2' | 'v3'
      readonly headers?: Readonly<Record<string, string>>
      readonly agent?: Agent
    })
    get(path: string): Promise<unknown>
    put(path: string, data: unknown): Promise<unknown>
    post(path: string, data: unknown): Promise<unknown>
  }

  export = BigCommerce
}
