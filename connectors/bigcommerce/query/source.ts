import type { DataRecord, JsonValue, ReadContext } from '../../sdk/connector.ts'
import type { StoreClient } from '../client.ts'

/** Where a source goes on. Opaque to all but the source that made it; survives JSON. */
export type SourcePosition = { readonly [name: string]: JsonValue }

/** Some records in the order of the source. */
export interface Portion {
  readonly records: readonly DataRecord[]
  /** Read from here, the source yields exactly what comes after these records. */
  readonly next: SourcePosition
  /** How many records the whole source has, when the store tells it. */
  readonly total?: number
}

/** What a source may use while it reads. */
export interface Reader {
  readonly client: StoreClient
  readonly context: ReadContext
  /** No more records will be taken: requests for more need not be made. May be infinite. */
  readonly most: number
  /** Tells in the operation log, once for each message, what cannot be promised. */
  note(message: string): void
}

/** Something that can be read from its start or from one of its positions; yields no empty portions. */
export type Source = (from: SourcePosition | undefined, reader: Reader) => AsyncGenerator<Portion>

/** What leads to records. */
export interface Found {
  readonly source: Source
  /** How they are come by, when there was a choice; for people. */
  readonly way?: string
}
