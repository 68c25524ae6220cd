/** Any value JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json }

/** One record of the store as an object. */
export type Row = { readonly [field: string]: Json }

/** A half-open range of record positions. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Records of one kind in rising order of their id, made on demand: a store of a million products stores none. */
export interface Collection {
  readonly name: string
  readonly size: number
  /** The field that holds the id; kept whatever fields a client asks for. */
  readonly keyField: string
  idAt(index: number): number
  /** The position of the first record whose id is not below `id`; `size` when there is none. */
  lowerBound(id: number): number
  make(index: number): Row
  /** When a record was made, for a kind whose records were made in order of their ids. */
  madeMs?(index: number): number
  /** The positions of the records under one parent in rising order, for a kind that has one. */
  under?(parentId: number): readonly Range[]
  /** The parent of the record at a position, for a kind that has one. */
  parentIdAt?(index: number): number
  /** Some record is not as it was made from the seed: answers of today are not those of tomorrow. */
  readonly isChanged?: boolean
  /** Fields that `include` adds. */
  readonly parts?: { readonly [name: string]: Part }
  /** The parameter that tells in which shape the parts are wanted, for a kind that has one. */
  readonly shapedBy?: string
}

/** A field that `include=<name>` adds to a record. */
export interface Part {
  readonly field: string
  make(index: number, row: Row, asked: Asked): Json
}

/** What a client asked of the parts: parts change each other, as form fields do addresses. */
export interface Asked {
  readonly includes: readonly string[]
  /** The value of the parameter that tells the shape. */
  readonly shape: string | undefined
}

/** The position of the record with that id, or undefined. */
export function indexOfId(collection: Collection, id: number): number | undefined {
  const index = collection.lowerBound(id)
  return index < collection.size && collection.idAt(index) === id ? index : undefined
}

/** The position of the first record made at that time or later, in a collection that tells when its records were made. */
export function firstMadeAt({ size, madeMs }: Collection, ms: number): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((madeMs?.(middle) ?? 0) < ms) low = middle + 1
    else high = middle
  }
  return low
}

/** All records under a parent. */
export function rowsUnder(collection: Collection, parentId: number): readonly Row[] {
  const rows: Row[] = []
  for (const { from, to } of collection.under?.(parentId) ?? []) {
    for (let index = from; index < to; index++) rows.push(collection.make(index))
  }
  return rows
}

/** How ids follow positions. */
export interface Ids {
  idAt(index: number): number
  lowerBound(id: number): number
}

/** Rising ids from `first` on; with `run`, after so many ids one is missing, as in a store where records were deleted. */
export function risingIds(size: number, first: number, run?: number): Ids {
  if (run === undefined) {
    return { idAt: index => first + index, lowerBound: id => clamp(Math.ceil(id) - first, size) }
  }
  return {
    idAt: index => first + index + Math.floor(index / run),
    lowerBound: id => {
      const offset = Math.max(0, Math.ceil(id) - first)
      const group = Math.floor(offset / (run + 1))
      return clamp(group * run + (offset % (run + 1)), size)
    },
  }
}

function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size)
}
