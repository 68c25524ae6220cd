/** What is sent to update a product. */
export interface ProductUpdate {
  readonly id: number
  readonly mpn: string
}

/** What is sent to create a product. */
export interface NewProduct {
  readonly name: string
  readonly sku: string
  readonly mpn: string
  readonly type: 'physical' | 'digital'
  readonly weight: number
  readonly price: number
}

/** One way to work with a store that the agent is compared with. */
export interface ShopClient {
  /** All products by id, a page at a time. */
  read(): AsyncIterable<readonly object[]>
  /** Yields how many records each answer has settled; throws when one is refused. */
  update(records: readonly ProductUpdate[]): AsyncIterable<number>
  create(records: readonly NewProduct[]): AsyncIterable<number>
}

/** The query of a page of products, the same for all. */
export const pageQuery = { limit: 250, sort: 'id', direction: 'asc' } as const

/** Cuts a list into pieces of a size. */
export function piecesOf<T>(records: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(records.length / size) }, (_, at) => records.slice(at * size, at * size + size))
}
