import { type Answer, notFound } from '../answer.ts'
import type { Row } from '../data/collection.ts'
import { mixedAnswer, recordAnswer, recordsAnswer, refusalAnswer } from './answers.ts'
import { checkRow, readBody } from './bodies.ts'
import { type Change, dropped, isRefused, type Outcome, type Refusal, refuse } from './change.ts'
import { createRecord, updateRecord } from './store-record.ts'

/** Answers a POST to a collection. */
export function createAnswer(change: Change, body: unknown): Answer {
  const sent = readBody(change, body)
  if (isRefused(sent)) return refusalAnswer(change, sent)
  const { rows, isArray } = sent
  return answerAll(change, rows, isArray, createOne)
}

/** Answers a PUT to a collection: each record is named by its key, an upsert's by what is unique to it. */
export function updateAllAnswer(change: Change, body: unknown): Answer {
  const sent = readBody(change, body)
  if (isRefused(sent)) return refusalAnswer(change, sent)
  const { rows, isArray } = sent
  return answerAll(change, rows, isArray, updateNamed)
}

/** Answers a PUT to one record. */
export function updateAnswer(change: Change, id: number, body: unknown): Answer {
  const outcome = updateOne(change, id, body)
  return isRefused(outcome) ? refusalAnswer(change, outcome) : recordAnswer(change, outcome)
}

/** Changes one record as a body says. */
function updateOne(change: Change, id: number, body: unknown): Outcome {
  const sent = readBody({ ...change, operation: { ...change.operation, form: 'one' } }, body)
  if (isRefused(sent)) return sent
  const [row = {}] = sent.rows
  return checkRow(change, row, true) ?? updateRecord(change, id, row)
}

type WriteOne = (change: Change, row: Row, at: number | undefined) => Outcome

function answerAll(change: Change, rows: readonly Row[], isArray: boolean, write: WriteOne): Answer {
  const { batchTitle } = change.ledger.ruleOf(change.resource.name)
  if (!isArray) {
    const outcome = write(change, rows[0] ?? {}, undefined)
    return isRefused(outcome) ? refusalAnswer(change, outcome) : recordAnswer(change, outcome)
  }
  if (writesGoodOnes(change)) {
    return mixedAnswer(
      change,
      rows.map((row, at) => write(change, row, at)),
      rows,
    )
  }
  const before = rows.map((row, at) => ({ row, outcome: checkFirst(change, row, at) }))
  const malformed = before.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]))
  if (malformed.length > 0) {
    const at = before.findIndex(({ outcome }) => outcome !== undefined)
    return refusedWhole(change, together(malformed, batchTitle), rows, at)
  }
  const written: Outcome[] = []
  const undo: (() => void)[] = []
  for (const [at, row] of rows.entries()) {
    const outcome = write({ ...change, undo }, row, at)
    if (isRefused(outcome) && outcome !== dropped) {
      for (const takeBack of undo.reverse()) takeBack()
      return refusedWhole(change, { ...outcome, title: batchTitle ?? outcome.title }, rows, at)
    }
    written.push(outcome)
  }
  return recordsAnswer(
    change,
    written.flatMap(outcome => (isRefused(outcome) ? [] : [outcome.row])),
  )
}

function refusedWhole(change: Change, refusal: Refusal, rows: readonly Row[], at: number): Answer {
  const { batch } = change.ledger.ruleOf(change.resource.name)
  return batch === 'batch-errors' ? mixedAnswer(change, [refusal], rows.slice(at)) : refusalAnswer(change, refusal)
}

/** Whether some records of an array are written although others are refused. */
function writesGoodOnes({ ledger, resource, switches }: Change): boolean {
  if (resource.name === 'products') return switches.productBatch === 'multi-status'
  const { batch = 'whole' } = ledger.ruleOf(resource.name)
  return batch === 'partial' || (batch === 'batch-errors' && switches.priceRecordBatch === 'saves-good')
}

function checkFirst(change: Change, row: Row, at: number): Refusal | undefined {
  return checkRow(change, row, change.operation.method === 'PUT' && change.operation.upsert !== true, at)
}

function together(refusals: readonly Refusal[], title: string | undefined): Refusal {
  const errors = Object.assign({}, ...refusals.map(refusal => refusal.errors))
  return refuse(title ?? refusals[0]?.title ?? '', errors, refusals[0]?.refused)
}

function createOne(change: Change, row: Row, at: number | undefined): Outcome {
  const faulty = checkRow(change, row, false, at)
  if (faulty !== undefined) return faulty
  const parentId = parentOfNew(change, row, at)
  return isRefused(parentId) ? parentId : createRecord(change, row, parentId)
}

/** A record that is sent to the store-wide path names its parent itself. */
function parentOfNew(change: Change, row: Row, at: number | undefined): number | undefined | Refusal {
  const { resource, ledger, parentId } = change
  const parentName = resource.parents.at(-1)
  if (parentId !== undefined || parentName === undefined || resource.parentField === undefined) return parentId
  const found = ledger.resources.get(parentName).find(String(row[resource.parentField]))
  const path = at === undefined ? resource.parentField : `${at}.${resource.parentField}`
  return found ?? refuse(`The ${resource.parentField} was not found.`, { [path]: 'error.notfound' })
}

function updateNamed(change: Change, row: Row, at: number | undefined): Outcome {
  const { resource, ledger, operation, parentId } = change
  const field = resource.facts.key ?? ''
  const key = row[field]
  const rule = ledger.ruleOf(resource.name)
  const isDocument = field === '' || (key === undefined && change.way.kind === 'write-only')
  if (isDocument && rule.naturalKey === undefined) return updateOnly(change, row, at)
  if (rule.naturalKey === undefined && key === undefined && operation.upsert !== true) {
    return refuse('JSON data is missing or invalid', { [path(at, field)]: 'error.path.missing' })
  }
  const found =
    key !== undefined && resource.keyKind !== 'field'
      ? resource.find(String(key), parentId)
      : rule.naturalKey === undefined
        ? undefined
        : findNatural(change, rule.naturalKey, row)
  if (found !== undefined) {
    const faulty = checkRow(change, row, true, at)
    return faulty ?? updateRecord(change, found, row)
  }
  const isNamedByFields = rule.naturalKey !== undefined && resource.facts.key === undefined
  if (operation.upsert === true || isNamedByFields) return createOne(change, row, at)
  return refuse('JSON data is missing or invalid', {
    [path(at, field)]: `invalid ${singular(resource.facts.label)} ID`,
  })
}

/** What has no key there is once. */
function updateOnly(change: Change, row: Row, at: number | undefined): Outcome {
  const { collection } = change.resource.shelf
  const faulty = checkRow(change, row, true, at)
  if (faulty !== undefined) return faulty
  const [first] = change.parentId === undefined ? [{ from: 0 }] : (collection.under?.(change.parentId) ?? [])
  const isThere = first !== undefined && collection.size > 0
  return isThere ? updateRecord(change, collection.idAt(first.from), row) : createRecord(change, row)
}

function path(at: number | undefined, field: string): string {
  return at === undefined ? field : `${at}.${field}`
}

/** The record of an upsert: the one whose naming fields all have the values that were sent. */
export function findNatural(change: Change, fields: readonly string[], row: Row): number | undefined {
  const { resource, ledger } = change
  const { collection } = resource.shelf
  const parent = parentOfNew(change, row, undefined)
  if (isRefused(parent)) return undefined
  const ranges = parent === undefined ? [{ from: 0, to: collection.size }] : (collection.under?.(parent) ?? [])
  const { renamed = {} } = ledger.ruleOf(resource.name)
  const wanted = fields.map(field => [renamed[field] ?? field, naming(row[field])] as const)
  for (const { from, to } of ranges) {
    for (let index = from; index < to; index++) {
      const there = collection.make(index)
      if (wanted.every(([field, value]) => value === undefined || naming(there[field]) === value))
        return collection.idAt(index)
    }
  }
  return undefined
}

/** Currencies are compared without regard to case. */
function naming(value: Row[string] | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value).toLowerCase()
}

function singular(label: string): string {
  return label.toLowerCase().replace(/^.*→ /, '').replace(/s$/, '')
}

/** 404 in the form of the version. */
export function missing({ isV2 }: Pick<Change, 'isV2'>): Answer {
  return notFound(isV2 ? 'v2' : 'v3')
}
