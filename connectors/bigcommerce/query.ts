import type { DataRecord, Page, Position, ReadContext, SourceActivity } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import type { StoreClient } from './client.ts'
import type { BigCommerceConnection } from './connection.ts'
import { inOrder } from './in-order.ts'
import { optionsSchema, planQuery, type QueryPlan } from './query-options.ts'

/** Reads the records of an object: any filters, several requests ahead, records in the order of the store. */
export const query: SourceActivity<BigCommerceConnection> = {
  role: 'source',
  options: optionsSchema,
  read: (connection, options, resumeFrom, context) => readObject(connection.client, options, resumeFrom, context),
}

/** Where a query goes on: the next page of so many records; `count` records came before it. */
interface QueryPosition {
  readonly page: number
  readonly pageSize: number
  readonly count: number
}

async function* readObject(
  client: StoreClient,
  options: unknown,
  resumeFrom: Position | undefined,
  context: ReadContext,
): AsyncGenerator<Page> {
  const plan = planQuery(options, context.fields)
  const start = resumeFrom === undefined ? { page: 1, pageSize: plan.pageSize, count: 0 } : parsePosition(resumeFrom)
  const pages =
    plan.object.version === 'v3'
      ? pagesOfV3(client, { ...plan, pageSize: start.pageSize }, start.page, context)
      : pagesOfV2(client, { ...plan, pageSize: start.pageSize }, start.page, context)
  let { count } = start
  if (count >= plan.limit) return
  for await (const { page, records, total } of pages) {
    const left = plan.limit - count
    const taken = records.length > left ? records.slice(0, left) : records
    count += taken.length
    const position = { page: page + 1, pageSize: start.pageSize, count }
    yield { records: taken, position, ...(total === undefined ? {} : { total: Math.min(total, plan.limit) }) }
    if (count >= plan.limit) return
  }
}

function parsePosition(position: Position): QueryPosition {
  const { page, pageSize, count } = (position ?? {}) as Partial<QueryPosition> // made above, by this or an older release
  if (Number.isInteger(page) && Number.isInteger(pageSize) && Number.isInteger(count))
    return position as unknown as QueryPosition
  throw new ConnectorError('STATE_LOST', 'the position of an earlier attempt is not one of this release')
}

interface StorePage {
  readonly page: number
  readonly records: readonly DataRecord[]
  readonly total?: number
  /** How many pages there are, when the store says it. */
  readonly pages?: number
  readonly isShort: boolean
}

/** The first answer says how many pages there are; then several are asked for at once. */
async function* pagesOfV3(
  client: StoreClient,
  plan: QueryPlan,
  from: number,
  context: ReadContext,
): AsyncGenerator<StorePage> {
  const first = await fetchV3(client, plan, from, context)
  if (first.records.length > 0) yield first
  // Without a total the end is where a page is short or empty.
  const to = first.pages ?? Number.POSITIVE_INFINITY
  if (first.isShort || to <= from) return
  const rest = { from: from + 1, to, ahead: plan.readAhead, signal: context.signal }
  for await (const page of inOrder(rest, (number, signal) => fetchV3(client, plan, number, { ...context, signal }))) {
    if (page.records.length > 0) yield page
    if (page.isShort) return
  }
}

/** v2 tells no totals: a page that is empty (204) or short is the last. */
async function* pagesOfV2(
  client: StoreClient,
  plan: QueryPlan,
  from: number,
  context: ReadContext,
): AsyncGenerator<StorePage> {
  const ahead = Math.min(2, plan.readAhead)
  const all = { from, to: Number.POSITIVE_INFINITY, ahead, signal: context.signal }
  for await (const page of inOrder(all, (number, signal) => fetchV2(client, plan, number, { ...context, signal }))) {
    if (page.records.length > 0) yield page
    if (page.isShort) return
  }
}

function pathOf({ object, parameters, pageSize }: QueryPlan, page: number): string {
  return `${object.path}?${parameters}limit=${pageSize}&page=${page}`
}

async function fetchV3(client: StoreClient, plan: QueryPlan, page: number, context: ReadContext): Promise<StorePage> {
  const path = pathOf(plan, page)
  const { body } = await client.get(path, context)
  const { data, meta } = (body ?? {}) as { data?: unknown; meta?: { pagination?: Pagination } } // both are looked at below
  if (!Array.isArray(data))
    throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer has no list of records in "data"`)
  const { total, total_pages: pages, per_page: perPage } = meta?.pagination ?? {}
  return {
    page,
    records: data as readonly DataRecord[], // JSON of the store; looking at each record would cost more than reading it
    isShort: data.length < (perPage ?? plan.pageSize),
    ...(total === undefined ? {} : { total }),
    ...(pages === undefined ? {} : { pages }),
  }
}

interface Pagination {
  readonly total?: number
  readonly total_pages?: number
  readonly per_page?: number
}

async function fetchV2(client: StoreClient, plan: QueryPlan, page: number, context: ReadContext): Promise<StorePage> {
  const path = pathOf(plan, page)
  const { body = [] } = await client.get(path, context)
  if (!Array.isArray(body))
    throw new ConnectorError('RESPONSE_INVALID', `GET ${path}: the answer is not a list of records`)
  return { page, records: body as readonly DataRecord[], isShort: body.length < plan.pageSize } // JSON of the store, as above
}
