import { type Answer, errorV2, json, noContent, notFound } from './answer.ts'
import { type Criteria, readCriteria } from './criteria.ts'
import { type Collection, indexOfId, type Range, type Row } from './data/collection.ts'
import type { Filters } from './filter.ts'
import type { ListTools } from './list-v3.ts'
import { lastValue, type Query } from './query.ts'
import { type Order, orderOf, type Selection, type SortKey, sizeOf, slice } from './selection.ts'
import { partParameters, viewOf } from './view.ts'

/** What a v2 list understands. */
export interface ListV2 {
  readonly collection: Collection
  readonly filters: Filters
  /** Parameters besides the filters. */
  readonly controls: readonly string[]
  readonly sorts?: { readonly [name: string]: SortKey }
}

const defaultLimit = 50
const maximumLimit = 250
const comma = Buffer.from(',')

/** Answers a v2 list: a bare array, no totals, and 204 for a page without records. */
export async function listV2(list: ListV2, query: Query, tools: ListTools, within?: readonly Range[]): Promise<Answer> {
  const criteria = readListQuery(list, query, tools.now)
  if ('status' in criteria) return criteria
  const order = readOrder(list, query)
  if (order !== undefined && 'status' in order) return order
  const page = readCount(query, 'page', 1)
  const limit = readCount(query, 'limit', defaultLimit)
  if (page === undefined) return invalidField('page')
  if (limit === undefined) return invalidField('limit')
  if (limit > maximumLimit && tools.switches.limitAboveMaximum === 'refuse') {
    return errorV2(413, `The limit parameter exceeded the maximum of ${maximumLimit}`)
  }
  const selection = await tools.select({
    collection: list.collection,
    criteria,
    ...(order === undefined ? {} : { order }),
    ...(within === undefined ? {} : { within }),
  })
  const perPage = Math.min(limit, maximumLimit)
  const part = slice(selection, (page - 1) * perPage, page * perPage)
  return sizeOf(part) === 0 ? noContent() : arrayOf(list.collection, part, query, tools)
}

/** Answers one v2 record, bare, or 404. */
export function itemV2(
  collection: Collection,
  id: number,
  query: Query,
  tools: ListTools,
  others: readonly string[] = [],
): Answer {
  const known = [...partParameters(collection), ...others]
  const unknown = query.find(([name]) => name !== '' && !known.includes(name))
  if (unknown !== undefined) return unsupportedField(unknown[0])
  const index = indexOfId(collection, id)
  if (index === undefined) return notFound('v2')
  return { status: 200, contentType: 'application/json', body: [tools.cache.one(viewOf(collection, query), index)] }
}

/** Finds what a v2 `/count` route counts. */
export async function selectV2(list: ListV2, query: Query, tools: ListTools): Promise<Selection | Answer> {
  const criteria = readListQuery({ ...list, controls: [] }, query, tools.now)
  return 'status' in criteria ? criteria : tools.select({ collection: list.collection, criteria })
}

/** Rows that were made at once, as a collection; the name must be another for other rows. */
export function rowCollection(name: string, rows: readonly Row[]): Collection {
  const idAt = (index: number): number => Number(rows[index]?.['id'])
  const lowerBound = (id: number): number => {
    const index = rows.findIndex((_, at) => idAt(at) >= id)
    return index < 0 ? rows.length : index
  }
  return { name, size: rows.length, keyField: 'id', idAt, lowerBound, make: index => rows[index] ?? {} }
}

/** A v2 array that is not paged. */
export function bareArray(rows: readonly Row[]): Answer {
  return rows.length === 0 ? noContent() : json(200, rows)
}

function readListQuery(list: ListV2, query: Query, now: Date): Criteria | Answer {
  const unknown = query.find(
    ([name]) => name !== '' && !list.controls.includes(name) && !Object.hasOwn(list.filters, name),
  )
  if (unknown !== undefined) return unsupportedField(unknown[0])
  const criteria = readCriteria(list.filters, query, now)
  return 'invalid' in criteria ? invalidField(Object.keys(criteria.invalid)[0] ?? '') : criteria
}

/** 400 for a parameter the list does not know. */
export function unsupportedField(name: string): Answer {
  return errorV2(400, `The field '${name}' is not supported by this resource.`)
}

/** 400 for a parameter whose value cannot be understood. */
export function invalidField(name: string): Answer {
  return errorV2(400, `The field '${name}' is invalid.`)
}

/** `sort=date_created:desc` is how the service takes it, whatever the document's enumeration says. */
function readOrder(list: ListV2, query: Query): Order | Answer | undefined {
  const sort = lastValue(query, 'sort')
  if (sort === undefined || !list.controls.includes('sort')) return undefined
  const [name = '', direction = 'asc'] = sort.split(':')
  const key = Object.hasOwn(list.sorts ?? {}, name) ? list.sorts?.[name] : undefined
  if (key === undefined || (direction !== 'asc' && direction !== 'desc')) return invalidField('sort')
  return orderOf(name, key, direction === 'desc')
}

function readCount(query: Query, name: string, fallback: number): number | undefined {
  const text = lastValue(query, name)
  if (text === undefined) return fallback
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

function arrayOf(collection: Collection, part: Selection, query: Query, { cache }: ListTools): Answer {
  const source = viewOf(collection, query)
  const body: Buffer[] = [Buffer.from('[')]
  if (part.kind === 'range') body.push(...cache.range(source, part.from, part.to))
  else {
    for (const [position, index] of part.at.entries()) {
      if (position > 0) body.push(comma)
      body.push(cache.one(source, index))
    }
  }
  body.push(Buffer.from(']'))
  return { status: 200, contentType: 'application/json', body }
}
