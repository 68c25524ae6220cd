import type { DataRecord, Page, Position, ReadContext, SourceActivity } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { fullName } from './catalogue/objects.ts'
import type { StoreClient } from './client.ts'
import type { BigCommerceConnection } from './connection.ts'
import { fieldsForChanges, openChanges } from './query/changed-since.ts'
import { ordersCutOff } from './query/cut-lines.ts'
import { optionsSchema, type QueryOptions } from './query/options.ts'
import { planQuery, type QueryPlan } from './query/plan.ts'
import type { SourcePosition } from './query/source.ts'

/** Reads the records of an object: any filters, several requests ahead, records in the order of the store. */
export const query: SourceActivity<BigCommerceConnection> = {
  role: 'source',
  options: optionsSchema,
  read: (connection, options, resumeFrom, context) => readObject(connection.client, options, resumeFrom, context),
}

async function* readObject(
  client: StoreClient,
  options: unknown,
  resumeFrom: Position | undefined,
  context: ReadContext,
): AsyncGenerator<Page> {
  const { from, count: before } = parsePosition(resumeFrom)
  const wanted = options as QueryOptions // the host has checked them against their schema
  const changes = await openChanges(wanted, from, { client, context })
  const plan = planQuery(changes?.options ?? wanted, fieldsForChanges(wanted, context.fields))
  note(plan, context, from === undefined)
  let count = before
  if (count >= plan.limit) return
  const warn = createWarner(plan, context)
  const reader = { client, context, most: plan.limit - count, note: createNotes(context) }
  const start = from?.['changed'] === undefined ? from : (from['at'] as SourcePosition | undefined)
  for await (const { records, next, total } of plan.source(start, reader)) {
    const left = plan.limit - count
    const taken = records.length > left ? records.slice(0, left) : records
    count += taken.length
    warn(taken)
    const position = changes === undefined ? { ...next, count } : { ...changes.bounds, at: next, count }
    yield {
      records: changes === undefined ? taken : changes.pick(taken),
      position,
      ...(total === undefined ? {} : { total: Math.min(total, plan.limit) }),
    }
    if (count >= plan.limit) return
  }
  changes?.done()
}

/** A position is that of the source and the number of records that came before it. */
function parsePosition(position: Position | undefined): { readonly from?: SourcePosition; readonly count: number } {
  if (position === undefined) return { count: 0 }
  const { count, ...from } = (position ?? {}) as SourcePosition // made above, by this or an older release
  if (typeof count === 'number' && Number.isInteger(count)) return { from, count }
  throw new ConnectorError('STATE_LOST', 'the position of an earlier attempt is not one of this release')
}

function note({ object, way }: QueryPlan, context: ReadContext, isStart: boolean): void {
  if (way === undefined) return
  context.log.debug({ object: fullName(object), way }, 'way to the records chosen')
  if (isStart) context.tell('info', `${fullName(object)} are read ${way}`)
}

/** Tells each message once: the lists of many records above may all say the same. */
function createNotes(context: ReadContext): (message: string) => void {
  const told = new Set<string>()
  return message => {
    if (told.has(message)) return
    told.add(message)
    context.tell('info', message)
  }
}

/** Says once that lines are missing, with an order as an example: nothing else in the records would show it. */
function createWarner({ object }: QueryPlan, context: ReadContext): (records: readonly DataRecord[]) => void {
  let isTold = fullName(object) !== 'orders'
  return records => {
    const [order] = isTold ? [] : ordersCutOff(records)
    if (order === undefined) return
    isTold = true
    const message = `order ${order['id']}, and perhaps others: BigCommerce includes 50 lines of a consignment at most; read orders/products for all of them`
    context.tell('warning', message)
  }
}
