import type { DataRecord, ReadContext, Settlement, WriteOutcome } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import { groupBy, type Item, rejected } from './call.ts'
import { listFor, readRows } from './find-rows.ts'
import type { WriteOptions } from './options.ts'
import type { Numbered } from './plan-write.ts'
import { type Name, type Recognition, recognitionOf } from './recognition.ts'
import { idOf, type Row } from './rows.ts'
import { differenceOf, fieldOf, isNamesake, isStated } from './same.ts'

/** What is known when records are looked for. */
export interface Search {
  readonly object: ObjectFacts
  readonly options: WriteOptions
  readonly client: StoreClient
  readonly context: ReadContext
  /** When the request was sent, in milliseconds of this machine; undefined: an earlier attempt of the run sent it. */
  readonly sentAtMs?: number
  /** Ids that other records of the batch are known to have. */
  readonly taken: () => ReadonlySet<string>
  /** Records of the batch of which nothing is known yet, with their places. */
  readonly others: () => readonly Numbered[]
}

/** Dates have seconds, and the clock of the store is known to one. */
const toleranceMs = 5_000
/** A list is asked for more than will be believed. */
const marginMs = 60_000

/** Records that cannot be looked for, with the reason. */
export function unsearchable(items: readonly Item[], search: Search): ReadonlyMap<Item, WriteOutcome> {
  const reasons = items.map(item => ({ item, found: nameOf(item, search) }))
  return new Map(
    reasons.flatMap(({ item, found }): [Item, WriteOutcome][] =>
      typeof found === 'string' ? [[item, { status: 'unknown', message: found }]] : [],
    ),
  )
}

/**
 * Looks once which of the records that can be looked for are in the store as they were sent. Nothing is claimed that may
 * have been there before: where that cannot be told it is `unknown`, with the reason.
 */
export async function readBack(items: readonly Item[], search: Search): Promise<ReadonlyMap<Item, Settlement>> {
  const settlements = new Map<Item, Settlement>()
  const named = items.map(item => nameOf(item, search)).filter(each => typeof each !== 'string')
  const groups = groupBy(named, ({ list: { path }, name }) => JSON.stringify([path, name.fields]))
  for (const group of groups.values()) {
    const rows = await rowsOf(group, search)
    for (const each of group) settlements.set(each.item, settle(each, rows, search))
  }
  return settlements
}

/** A record with the name it goes by and the list in which it would stand. */
interface Named {
  readonly item: Item
  readonly name: Name
  readonly recognition: Recognition
  readonly list: NonNullable<ReturnType<typeof listFor>>
}

function nameOf(item: Item, { object, options }: Search): Named | string {
  const full = fullName(object)
  if (item.key !== undefined) return `what it adds to ${full} ${item.key} may have been there before; look at it`
  const recognition = recognitionOf(full)
  const sent = sentOf(item)
  const name = recognition?.names.find(each => isStated(each, sent))
  if (recognition === undefined || name === undefined)
    return `nothing names it among the ${full}; look for it in the store`
  const list = listFor(object, sent, { name, keys: options.keys ?? {} })
  if (list === undefined) return `${full} cannot be listed; look for it in the store`
  return { item, name, recognition, list }
}

/** The record with what was made of it; a bare id has no fields. */
function sentOf({ record, body }: Item): DataRecord {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? { ...record, ...(body as DataRecord) }
    : record
}

async function rowsOf(group: readonly Named[], search: Search): Promise<readonly Row[] | string> {
  const [first] = group
  if (first === undefined) return []
  const { name, list } = first
  const isDated =
    name.uniqueBy === 'nobody' && group.every(({ item, recognition }) => creationField(recognition, item) !== undefined)
  const sentAtMs = isDated ? sentAtStore(search) : undefined
  const sinceMs = sentAtMs === undefined ? undefined : sentAtMs - marginMs
  const values = group.map(({ item }) => fieldOf(sentOf(item), name.fields[0] ?? ''))
  try {
    return await readRows(list, { ...search, name, values, ...(sinceMs === undefined ? {} : { sinceMs }) })
  } catch (thrown) {
    search.context.signal.throwIfAborted()
    if (!(thrown instanceof ConnectorError)) throw thrown
    return `reading back failed: ${thrown.message}`
  }
}

function settle(named: Named, rows: readonly Row[] | string, search: Search): Settlement {
  if (typeof rows === 'string') return { status: 'unknown', message: rows }
  const { item, name } = named
  const { object } = search
  const sent = sentOf(item)
  const taken = search.taken()
  const candidates = rows
    .filter(row => isNamesake(name, sent, row) && !taken.has(idOf(row, { object }) ?? ''))
    .map(row => ({ row, isNew: isNewer(row, named, search), difference: differenceOf(item.body, row) }))
    // What was made before is another one, but of the store's own names it is the reason why ours was refused.
    .filter(({ isNew }) => name.uniqueBy === 'store' || isNew !== false)
  if (candidates.length === 0) return { status: 'absent' }
  const matches = candidates.length === 1 ? candidates : candidates.filter(({ difference }) => difference === undefined)
  const [match, ...more] = matches
  const called = describe(name, sent)
  if (match === undefined || more.length > 0)
    return {
      status: 'unknown',
      message: `${candidates.length} ${fullName(object)} ${called} are there; look which is the one`,
    }
  return judge(match, { named, called, search })
}

interface Candidate {
  readonly row: Row
  /** Made since the request was sent; undefined: it cannot be told. */
  readonly isNew: boolean | undefined
  readonly difference: string | undefined
}

function judge(
  { row, isNew, difference }: Candidate,
  {
    named: { name, item },
    called,
    search,
  }: { readonly named: Named; readonly called: string; readonly search: Search },
): Settlement {
  const full = fullName(search.object)
  const unknown = (why: string): Settlement => ({
    status: 'unknown',
    message: `one of ${full} ${called} is there, but ${why}`,
  })
  const isContested = search
    .others()
    .some(
      ({ index, record }) =>
        index !== item.index && isNamesake(name, record, row) && differenceOf(record, row) === undefined,
    )
  if (isContested) return unknown('another record of the batch may be that one')
  const isUnique = name.uniqueBy !== 'nobody'
  if (isUnique && isNew === false) return rejected('CONFLICT', `one of ${full} ${called} was there before`)
  if (isUnique && (isNew === true || difference === undefined)) return written(row, called, search)
  if (isNew === true && difference === undefined) return written(row, called, search)
  if (difference !== undefined) return unknown(`it differs in ${difference}, so it may be another one`)
  return unknown('it may have been there before')
}

function written(row: Row, called: string, { object }: Search): Settlement {
  const id = idOf(row, { object })
  const warning = `the answer was lost; found by reading back ${fullName(object)} ${called}`
  return { status: 'written', ...(id === undefined ? {} : { id }), warning }
}

function isNewer(row: Row, { item, recognition }: Named, search: Search): boolean | undefined {
  const created = creationField(recognition, item)
  const madeMs = created === undefined ? undefined : momentOf(row[created])
  const sentAtMs = sentAtStore(search)
  return madeMs === undefined || sentAtMs === undefined ? undefined : madeMs >= sentAtMs - toleranceMs
}

/** Undefined, too, when the record itself says when it was made: old orders may be created with their dates. */
function creationField({ created }: Recognition, item: Item): string | undefined {
  return created === undefined || fieldOf(sentOf(item), created) !== undefined ? undefined : created
}

/** When the request was sent, by the clock of the store. */
function sentAtStore({ sentAtMs, client }: Search): number | undefined {
  const offsetMs = client.clockOffsetMs()
  return sentAtMs === undefined || offsetMs === undefined ? undefined : sentAtMs + offsetMs
}

/** v2 writes dates as in mails, v3 by ISO 8601, webhooks and some of v2 as seconds since 1970. */
function momentOf(value: unknown): number | undefined {
  if (typeof value === 'number' || /^\d+$/.test(String(value))) return Number(value) * 1_000
  // Without a zone it would be read as a time of this machine.
  const moment = /(Z|[+-]\d\d:?\d\d|GMT|UTC)$/i.test(String(value)) ? Date.parse(String(value)) : Number.NaN
  return Number.isNaN(moment) ? undefined : moment
}

function describe({ fields }: Name, sent: DataRecord): string {
  const stated = fields.filter(field => fieldOf(sent, field) !== undefined)
  if (stated.length === 0) return 'made since then'
  return `with ${stated.map(field => `${field} ${JSON.stringify(fieldOf(sent, field))}`).join(', ')}`
}
