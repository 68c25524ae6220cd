import { setImmediate } from 'node:timers/promises'
import { type Answer, json } from './answer.ts'
import { type Collection, indexOfId, type Row } from './data/collection.ts'
import { orderStatuses, orderStatusRows } from './data/order-statuses.ts'
import type { OrderRecords } from './data/orders.ts'
import { boundFilters, type Filters, fieldFilters, idFilter, madeFilters } from './filter.ts'
import { invalidField, itemV2, type ListV2, listV2, selectV2 } from './list-v2.ts'
import type { ListTools } from './list-v3.ts'
import { lastValue, type Query } from './query.ts'
import type { Respond } from './router.ts'
import { type Selection, type SortKey, sortsBy } from './selection.ts'

/** `/v2/orders`: archived orders are shown only to who asks for them. */
export function orderList(records: OrderRecords): Respond {
  return ({ query, tools }) => {
    const asked = readArchived(records, query, tools)
    return 'status' in asked ? asked : listV2(listOver(asked.collection), asked.query, tools)
  }
}

/** `/v2/orders/{id}`, archived or not. */
export function orderItem({ orders, archivedOrders, archive }: OrderRecords): Respond {
  return ({ ids: [id = 0], query, tools }) => {
    const found = [archivedOrders, archive.collection].find(collection => indexOfId(collection, id) !== undefined)
    return itemV2(found ?? orders, id, query, tools)
  }
}

const rememberedCounts = 16

/** `/v2/orders/count`: how many there are in each status. The same question is counted out once. */
export function orderCount(records: OrderRecords): Respond {
  const known = new Map<string, Promise<Answer>>()
  return ({ query, tools }) => {
    const key = JSON.stringify(query)
    const answer = known.get(key) ?? count(records, query, tools)
    known.set(key, answer)
    const [oldest] = known.keys()
    if (known.size > rememberedCounts && oldest !== undefined) known.delete(oldest)
    return answer
  }
}

interface AskedOrders {
  readonly collection: Collection
  /** What is left of the query. */
  readonly query: Query
}

/** Archived orders are a collection of their own, so that nobody has to look through a million for them. */
function readArchived(records: OrderRecords, query: Query, tools: ListTools): AskedOrders | Answer {
  const { orders } = records
  const value = lastValue(query, 'is_deleted')
  if (value === undefined || tools.switches.isDeletedFilter === 'unknown') return { collection: orders, query }
  const rest = query.filter(([name]) => name !== 'is_deleted')
  if (value === 'true' || value === '1') return { collection: allArchived(records), query: rest }
  return value === 'false' || value === '0' ? { collection: orders, query: rest } : invalidField('is_deleted')
}

/** Those that were archived from the start, then those that were later. */
function allArchived({ archivedOrders, archive }: OrderRecords): Collection {
  const later = archive.collection
  const first = archivedOrders.size
  if (later.size === 0) return archivedOrders
  const either = <Value>(index: number, of: (collection: Collection, index: number) => Value): Value =>
    index < first ? of(archivedOrders, index) : of(later, index - first)
  return {
    ...archivedOrders,
    name: `${archivedOrders.name}+${later.name}`,
    size: first + later.size,
    idAt: index => either(index, (collection, at) => collection.idAt(at)),
    make: index => either(index, (collection, at) => collection.make(at)),
    madeMs: index => either(index, (collection, at) => collection.madeMs?.(at) ?? 0),
    lowerBound: id => {
      const index = indexOfId(later, id)
      return index === undefined ? archivedOrders.lowerBound(id) : first + index
    },
  }
}

function listOver(collection: Collection): ListV2 {
  return {
    collection,
    controls: ['page', 'limit', 'sort', 'include', 'consignment_structure'],
    sorts,
    filters,
  }
}

const sorts: { readonly [name: string]: SortKey } = {
  ...sortsBy('id customer_id status_id channel_id external_id'),
  date_created: 'as-ids',
  // RFC 2822 does not sort as text.
  date_modified: row => Date.parse(String(row['date_modified'])),
}

const filters: Filters = {
  min_id: idFilter('id', 'min'),
  max_id: idFilter('id', 'max'),
  ...boundFilters('total', 'number', row => row['total_inc_tax'] ?? null),
  ...madeFilters('min_date_created', 'max_date_created'),
  ...boundFilters('date_modified', 'date'),
  ...fieldFilters('customer_id', 'integer', 'eq'),
  ...fieldFilters('email', 'choice', 'eq', emailOf),
  ...fieldFilters('status_id', 'integer', 'eq'),
  ...fieldFilters('cart_id', 'text', 'eq'),
  ...fieldFilters('payment_method', 'choice', 'eq'),
  ...fieldFilters('channel_id', 'integer', 'eq'),
  ...fieldFilters('external_order_id', 'text', 'eq'),
}

function emailOf({ billing_address }: Row): string {
  return (billing_address as { readonly email: string }).email // the orders write it so
}

async function count(records: OrderRecords, query: Query, tools: ListTools): Promise<Answer> {
  const asked = readArchived(records, query, tools)
  if ('status' in asked) return asked
  const { collection } = asked
  const selection = await selectV2(listOver(collection), asked.query, tools)
  if ('status' in selection) return selection
  const counts = await tally(collection, selection)
  const statuses = orderStatusRows()
    .map((row, id) => ({ ...row, count: counts[id] ?? 0, sort_order: orderStatuses[id]?.rank ?? 0 }))
    .sort((one, other) => one.sort_order - other.sort_order)
  return json(200, { statuses, count: counts.reduce((sum, one) => sum + one, 0) })
}

/** Orders looked at before other requests get their turn. */
const turn = 1000

async function tally(collection: Collection, selection: Selection): Promise<readonly number[]> {
  const counts = orderStatuses.map(() => 0)
  const size = selection.kind === 'range' ? selection.to - selection.from : selection.at.length
  for (let position = 0; position < size; position++) {
    if (position % turn === turn - 1) await setImmediate()
    const index = selection.kind === 'range' ? selection.from + position : (selection.at[position] ?? 0)
    const id = Number(collection.make(index)['status_id'])
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts
}
