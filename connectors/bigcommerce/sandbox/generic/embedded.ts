import { randomUUID } from 'node:crypto'
import { type Answer, noContent } from '../answer.ts'
import type { Json, Row } from '../data/collection.ts'
import type { RoutedRequest } from '../router.ts'
import { recordAnswer, refusalAnswer } from './answers.ts'
import { checkRow } from './bodies.ts'
import type { Change, Draft, Rule } from './change.ts'
import { isRow } from './defaults.ts'
import { missing } from './writes.ts'

/** Records that are kept inside the one above them, and written by paths of their own. */
interface Inner {
  /** Where the record above has them. */
  readonly list: readonly string[]
  /** Where a request has new ones, and a changed one. */
  readonly sent: string
  readonly changed: string
  nextId(known: readonly Row[]): Json
}

const inners: { readonly [name: string]: Inner } = {
  'wishlists/items': { list: ['items'], sent: 'items', changed: 'item', nextId: highestPlusOne },
  'carts/items': {
    list: ['line_items', 'physical_items'],
    sent: 'line_items',
    changed: 'line_item',
    nextId: () => randomUUID(),
  },
}

function highestPlusOne(known: readonly Row[]): number {
  return known.reduce((highest, { id }) => Math.max(highest, Number(id)), 0) + 1
}

/** Whether the records of an object are kept inside others. */
export function isInner({ name }: Change['resource']): boolean {
  return Object.hasOwn(inners, name)
}

/** Answers a write of what is inside another record: with that other record. */
export function innerAnswer(change: Change, request: RoutedRequest, key: string | undefined): Answer {
  const inner = inners[change.resource.name]
  const parentName = change.resource.parents.at(-1)
  const { parentId, ledger } = change
  if (inner === undefined || parentName === undefined || parentId === undefined) return missing(change)
  const { shelf } = ledger.resources.get(parentName)
  const parent = shelf.get(parentId)
  if (parent === undefined) return missing(change)
  const known = itemsAt(parent.row, inner.list)
  if (key !== undefined && !known.some(({ id }) => String(id) === key)) return missing(change)
  const body = isRow(request.body) ? request.body : {}
  const faulty = change.operation.method === 'DELETE' ? undefined : checkRow(change, body, key !== undefined)
  if (faulty !== undefined) return refusalAnswer(change, faulty)
  const row = placed(parent.row, inner.list, changedItems(inner, known, body, key, change.operation.method))
  shelf.replace(parentId, { ...parent, row })
  return change.operation.envelope === undefined ? noContent() : recordAnswer(change, { id: parentId, row })
}

function changedItems(
  inner: Inner,
  known: readonly Row[],
  body: Row,
  key: string | undefined,
  method: Change['operation']['method'],
): readonly Row[] {
  if (method === 'DELETE') return known.filter(({ id }) => String(id) !== key)
  if (key === undefined) {
    const sent = body[inner.sent]
    return numbered(inner, known, Array.isArray(sent) ? sent.filter(isRow) : [])
  }
  const change = body[inner.changed]
  return known.map(item => (String(item['id']) === key ? { ...item, ...(isRow(change) ? change : body) } : item))
}

function numbered(inner: Inner, known: readonly Row[], fresh: readonly Row[]): readonly Row[] {
  const all = [...known]
  for (const item of fresh) all.push({ ...item, id: inner.nextId(all) })
  return all
}

function itemsAt(row: Row, [first = '', ...rest]: readonly string[]): readonly Row[] {
  const value = row[first]
  if (rest.length > 0) return isRow(value) ? itemsAt(value, rest) : []
  return Array.isArray(value) ? value.filter(isRow) : []
}

function placed(row: Row, [first = '', ...rest]: readonly string[], items: readonly Row[]): Row {
  const value = row[first]
  return { ...row, [first]: rest.length === 0 ? items : placed(isRow(value) ? value : {}, rest, items) }
}

/** What is sent inside a new record gets keys, in the place where the record has it. */
export function holds(name: string): Rule {
  const prepare = (row: Row, { given }: Draft): Row => {
    const inner = inners[name]
    const sent = inner === undefined ? undefined : given[inner.sent]
    if (inner === undefined || !Array.isArray(sent)) return row
    return placed(row, inner.list, numbered(inner, [], sent.filter(isRow)))
  }
  return { prepare, created: 201 }
}
