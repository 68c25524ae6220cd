/**
 * The shape of `catalogue.json`: facts that `scripts/catalogue` takes out of BigCommerce's OpenAPI documents and out of
 * the overlay. No prose, no examples.
 */

/** A JSON Schema of the catalogue; `$ref`s lead to `#/$defs/…` of the same file. */
export type FactSchema = { readonly [keyword: string]: unknown }

/** The type of a query parameter. Plurals are lists joined by commas; a flag is 1 or 0. */
export type ParameterType =
  | 'integer'
  | 'number'
  | 'text'
  | 'boolean'
  | 'flag'
  | 'date'
  | 'integers'
  | 'numbers'
  | 'texts'

/** A parameter's type, or type and the values it may have. */
export type Parameter = ParameterType | { readonly type: ParameterType; readonly values: readonly string[] }

/** How the records of a list are paged. `keyset`: by the last id; `pages`: pages whose size cannot be chosen. */
export type Paging = 'page' | 'page+cursor' | 'cursor' | 'keyset' | 'pages' | 'none'

/**
 * What a request does. Reading: a list, one record by its key, the one document of a singleton. Writing: one record, an
 * array of them, either, an object that holds an array, a form with files. Deleting: one by its key, those that match
 * filters, those whose ids (or keys) stand in the body, the singleton, everything there is, the one named by a header.
 */
export type Form =
  | 'list'
  | 'get'
  | 'read'
  | 'one'
  | 'array'
  | 'one-or-array'
  | 'holder'
  | 'multipart'
  | 'item'
  | 'filter'
  | 'body'
  | 'singleton'
  | 'all'
  | 'header'

/** One request the API knows. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly form: Form
  /** Absent: the collection (or the singleton). `item`: one record; `item2`: one record by two keys. */
  readonly at?: 'item' | 'item2'
  /** A PUT that creates what is not there. */
  readonly upsert?: true
  readonly deprecated?: true
  readonly parameters?: { readonly [name: string]: Parameter }
  /** Parameters without which the request is refused. */
  readonly required?: readonly string[]
  readonly paging?: Paging
  /** The largest `limit`, where one is stated. */
  readonly maxLimit?: number
  /** Schema of one record as it is sent, or of what a DELETE has in its body. */
  readonly body?: FactSchema
  /** The field that holds the array, of a `holder`. */
  readonly holder?: string
  /** Schema of one record as it comes back. */
  readonly record?: FactSchema
  /** What is around the record in an answer: `{data}` or nothing. Absent: no body, or none with records. */
  readonly envelope?: 'data' | 'bare'
  /** The answer is a list, whatever the request was. */
  readonly answersList?: true
  /** Most records in one request. */
  readonly maxBatch?: number
  /** Most such requests at the same time. */
  readonly maxConcurrent?: number
}

/** How records are stored: many, one document, many that can only be read by key, or never read at all. */
export type Kind = 'collection' | 'singleton' | 'keyed' | 'write-only'

/** One way to an object: a collection path with its item path. */
export interface Way {
  readonly kind: Kind
  /** Version included, keys as names in braces: `/v3/catalog/products/{product_id}/images`; absent for keyed ones. */
  readonly path?: string
  readonly itemPath?: string
  /** With a second key. */
  readonly item2Path?: string
  /** The document it is described in; names its scopes. */
  readonly document: string
  /** The entry of `scopes` that holds instead, where the document has several for different paths, or none. */
  readonly scopes?: string
  readonly operations: readonly Operation[]
}

/** An object, or a sub-object of one. */
export interface ObjectFacts {
  /** What options call it: `products`, `images`. */
  readonly name: string
  readonly label: string
  /** The object above it. */
  readonly parent?: string
  /** Every request of it is deprecated. */
  readonly deprecated?: true
  /** The field of a record that holds its key, when one does. */
  readonly key?: string
  /** One, or two: below a parent first, then store-wide. */
  readonly ways: readonly Way[]
}

/** Any one of each list is enough, and what permits changes permits reading too. */
export interface ScopeFacts {
  readonly modify: readonly string[]
  readonly read: readonly string[]
}

/** A path that is no record: told, so that nobody thinks it forgotten. */
export interface NotCovered {
  readonly path: string
  readonly methods: readonly string[]
  readonly kind: 'command' | 'count' | 'upload' | 'stream'
}

/** The whole file. */
export interface CatalogueFacts {
  readonly objects: readonly ObjectFacts[]
  /** By document, and by path for ways that name one. */
  readonly scopes: { readonly [name: string]: ScopeFacts }
  readonly notCovered: readonly NotCovered[]
  readonly $defs: { readonly [name: string]: FactSchema }
}
