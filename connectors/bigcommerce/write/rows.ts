import type { JsonValue } from '../../sdk/connector.ts'
import type { Call, Item } from './call.ts'

/** A record as an answer tells it. */
export type Row = { readonly [field: string]: unknown }

/** A sent record with what the answer tells of it. */
export interface Match {
  readonly item: Item
  readonly row: Row | undefined
  /** The answer tells of others, not of this one. */
  readonly isMissing: boolean
}

/** The records in an answer: in `data`, or the body itself; undefined where it tells of none. */
export function rowsOf(body: unknown): readonly Row[] | undefined {
  if (Array.isArray(body)) return body.filter(isRow)
  if (!isRow(body)) return undefined
  const { data } = body
  if (Array.isArray(data)) return data.filter(isRow)
  if (isRow(data)) return [data]
  return data === undefined ? [body] : undefined
}

/** Whether a value is an object. */
export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Pairs sent records with rows: by position where there are as many, else by what they are known by. */
export function withRows(items: readonly Item[], rows: readonly Row[] | undefined, { route }: Call): readonly Match[] {
  const isList = route.operation.form === 'array' || route.operation.form === 'one-or-array'
  if (rows === undefined || (rows.length === 0 && !isList))
    return items.map(item => ({ item, row: undefined, isMissing: false }))
  if (rows.length === items.length) return items.map((item, place) => ({ item, row: rows[place], isMissing: false }))
  // One row for many records is news of the whole request, like the number of a transaction.
  if (route.operation.answersList !== true) return items.map(item => ({ item, row: undefined, isMissing: false }))
  return matchRows(items, rows)
}

/** Pairs each record with the first row not taken yet that is the same. */
export function matchRows(items: readonly Item[], rows: readonly Row[]): readonly Match[] {
  const free = [...rows]
  return items.map(item => {
    const place = free.findIndex(row => isSame(item, row))
    const [row] = place === -1 ? [] : free.splice(place, 1)
    return { item, row, isMissing: row === undefined }
  })
}

/** What a metafield is known by; others by everything that both sides tell. */
const telling = ['resource_id', 'namespace', 'key']

function isSame({ body, key }: Item, row: Row): boolean {
  if (key !== undefined && row['id'] !== undefined) return String(row['id']) === key
  if (!isRow(body)) return row['id'] === (body as JsonValue | undefined)
  const isMetafield = body['namespace'] !== undefined && body['key'] !== undefined
  const shared = Object.keys(body).filter(
    field => isScalar(body[field]) && isScalar(row[field]) && (!isMetafield || telling.includes(field)),
  )
  return shared.length > 0 && shared.every(field => String(body[field]) === String(row[field]))
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** Objects whose writes are answered with what they belong to: its id is not theirs. */
const answeredByOwner = new Set(['carts', 'checkouts', 'wishlists'])

/** The id of a record as an answer tells it. */
export function idOf(row: Row, { object }: Pick<Call, 'object'>): string | undefined {
  if (object.parent !== undefined && answeredByOwner.has(object.parent) && object.name !== 'metafields')
    return undefined
  const id = [object.key ?? 'id', 'id', 'uuid']
    .map(name => row[name])
    .find(value => value !== undefined && value !== null)
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}
