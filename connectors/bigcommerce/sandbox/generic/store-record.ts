import type { FactSchema } from '../../catalogue/facts.ts'
import type { Json, Row } from '../data/collection.ts'
import { catalogDate, rfc2822Date } from '../data/dates.ts'
import type { Written } from '../data/overlay.ts'
import { type Change, isRefused, type Outcome, refuse } from './change.ts'
import { complete, isRow } from './defaults.ts'
import type { ReadSchema } from './schema.ts'

/** Stores a new record below its parent. What was sent must have been checked; `named` are fields the path gives. */
export function createRecord(change: Change, sent: Row, parentId = change.parentId, named: Row = {}): Outcome {
  const { ledger, resource } = change
  const { shelf, facts, keyKind, parentField, schema } = resource
  const rule = ledger.ruleOf(resource.name)
  const given = writable(change, sent)
  const id = idFor(change, sent)
  const parentName = resource.parents.at(-1)
  const draft = { given, old: undefined, id, change }
  const whole = complete(ledger.resources.read, schema, { ...rule.defaults, ...renamed(rule.renamed, given), ...named })
  const row = {
    ...whole,
    ...(facts.key === undefined || keyKind === 'field' ? {} : { [facts.key]: resource.keyOf(id) }),
    ...(parentField === undefined || parentName === undefined || parentId === undefined
      ? {}
      : { [parentField]: ledger.resources.get(parentName).keyOf(parentId) }),
    ...dates(change, whole, ['date_created', 'date_modified', 'created_at', 'updated_at']),
  }
  const prepared = rule.prepare?.(row, draft) ?? row
  if (isRefused(prepared)) return prepared
  const clash = ledger.uniques.check(ledger, resource, prepared, undefined, parentId)
  if (clash !== undefined) return clash
  shelf.add(id, withHidden(change, prepared, undefined), change.nowMs, parentId)
  ledger.uniques.note(ledger, resource, id, prepared, undefined)
  change.undo?.push(() => {
    shelf.remove(id)
    ledger.uniques.note(ledger, resource, id, undefined, prepared)
  })
  rule.written?.(prepared, draft)
  showAbove(change)
  return stored(change, id)
}

/** Records above show what lies below them when they are asked to. */
function showAbove({ ledger, resource }: Change): void {
  for (const name of resource.parents) {
    const { shelf } = ledger.resources.get(name)
    if (shelf.collection.parts !== undefined) shelf.touch()
  }
}

/** Changes the fields of a record that were sent; arrays are replaced whole. */
export function updateRecord(change: Change, id: number, sent: Row): Outcome {
  const { ledger, resource } = change
  const known = resource.shelf.get(id)
  if (known === undefined) return refuse('The requested resource was not found.', {}, 404)
  const rule = ledger.ruleOf(resource.name)
  const given = writable(change, sent)
  const old = known.row
  const draft = { given, old, id, change }
  const merged = merge(old, renamed(rule.renamed, given))
  const row = { ...merged, ...dates(change, merged, ['date_modified', 'updated_at']) }
  const prepared = rule.prepare?.(row, draft) ?? row
  if (isRefused(prepared)) return prepared
  const clash = ledger.uniques.check(ledger, resource, prepared, id, resource.shelf.parentOf(id))
  if (clash !== undefined) return clash
  replaceRecord(change, id, withHidden(change, prepared, known))
  rule.written?.(prepared, draft)
  showAbove(change)
  return stored(change, id)
}

/** Puts another record in the place of one that is there. */
export function replaceRecord({ ledger, resource, undo }: Change, id: number, written: Written): void {
  const { shelf } = resource
  const known = shelf.get(id)
  if (known === undefined) return
  shelf.replace(id, written)
  ledger.uniques.note(ledger, resource, id, written.row, known.row)
  undo?.push(() => {
    shelf.replace(id, known)
    ledger.uniques.note(ledger, resource, id, known.row, written.row)
  })
}

/** Removes a record with everything below it. */
export function removeRecord(change: Change, id: number): boolean {
  const { ledger, resource } = change
  const known = resource.shelf.get(id)
  if (known === undefined) return false
  const rule = ledger.ruleOf(resource.name)
  resource.shelf.remove(id)
  ledger.uniques.note(ledger, resource, id, undefined, known.row)
  if (rule.isArchived !== true) removeChildren(change, id)
  rule.removed?.(known.row, id, change)
  showAbove(change)
  return true
}

function removeChildren(change: Change, parentId: number): void {
  for (const child of change.ledger.childrenOf(change.resource.name)) {
    for (const id of idsUnder(child.shelf.collection, parentId)) removeRecord({ ...change, resource: child }, id)
  }
}

/** The numbers of the records below a parent. */
export function idsUnder(collection: Change['resource']['shelf']['collection'], parentId: number): readonly number[] {
  return (collection.under?.(parentId) ?? []).flatMap(({ from, to }) =>
    Array.from({ length: to - from }, (_, at) => collection.idAt(from + at)),
  )
}

function stored({ resource }: Change, id: number): Outcome {
  return { id, row: resource.shelf.get(id)?.row ?? {} }
}

/** A key the client may choose is taken; every other one is made here. */
function idFor({ resource: { shelf, facts } }: Change, sent: Row): number {
  const chosen = facts.key === 'listing_id' ? sent[facts.key] : undefined
  return typeof chosen === 'number' && !shelf.has(chosen) ? chosen : shelf.nextId()
}

/** v3 takes no notice of fields that cannot be written. */
function writable({ ledger, operation, resource }: Change, sent: Row): Row {
  const { read } = ledger.resources
  const properties = operation.body === undefined ? {} : propertiesOf(read, operation.body)
  if (Object.keys(properties).length === 0) return sent
  const keyIsGiven = resource.keyKind === 'field' ? resource.facts.key : undefined
  return Object.fromEntries(
    Object.entries(sent).filter(([name]) => {
      if (name === keyIsGiven) return true
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      return property !== undefined && !read(property).isReadOnly && name !== resource.facts.key
    }),
  )
}

/** The fields of a body, those of all its alternatives. */
export function propertiesOf(read: ReadSchema, schema: FactSchema): { readonly [name: string]: FactSchema } {
  const { alternatives, properties } = read(schema)
  return alternatives.length === 0
    ? properties
    : Object.assign({}, ...alternatives.map(alternative => propertiesOf(read, alternative)))
}

function renamed(names: { readonly [field: string]: string } | undefined, given: Row): Row {
  if (names === undefined) return given
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [names[name] ?? name, value]))
}

function merge(old: Row, given: Row): Row {
  const made: { [field: string]: Json } = { ...old }
  for (const [name, value] of Object.entries(given)) {
    const before = old[name]
    made[name] = isRow(value) && isRow(before) ? merge(before, value) : value
  }
  return made
}

/** Only fields the record has anyway, and in the form it has them. */
function dates({ nowMs, isV2 }: Change, row: Row, names: readonly string[]): Row {
  const text = isV2 ? rfc2822Date(nowMs) : catalogDate(nowMs)
  return Object.fromEntries(
    names.filter(name => Object.hasOwn(row, name)).map(name => [name, dateLike(row[name], text, nowMs)]),
  )
}

function dateLike(value: Json | undefined, text: string, nowMs: number): Json {
  return typeof value === 'number' ? Math.floor(nowMs / 1000) : text
}

function withHidden({ ledger, resource, token }: Change, row: Row, known: Written | undefined): Written {
  const names = ledger.ruleOf(resource.name).hidden ?? []
  const owner = known?.owner ?? (Object.hasOwn(row, 'permission_set') ? token : undefined)
  const hidden = Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))
  const shown =
    names.length === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))
  return {
    row: shown,
    ...(names.length === 0 ? {} : { hidden: { ...known?.hidden, ...hidden } }),
    ...(owner === undefined ? {} : { owner }),
  }
}
