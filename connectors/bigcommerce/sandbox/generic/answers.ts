import { type Answer, errorV2, errorV3, json, noContent } from '../answer.ts'
import type { Json, Row } from '../data/collection.ts'
import { emptyMeta } from '../list-v3.ts'
import { type Change, isRefused, type Outcome, type Refusal, type Stored } from './change.ts'

/** The answer to a request that is refused as a whole. */
export function refusalAnswer({ isV2 }: Pick<Change, 'isV2'>, { refused, title, errors }: Refusal): Answer {
  if (!isV2) return errorV3(refused, title, errors)
  const [field] = Object.keys(errors)
  return errorV2(
    refused === 422 ? 400 : refused,
    field === undefined || title.includes(field) ? title : invalid(field, errors),
  )
}

function invalid(field: string, errors: Refusal['errors']): string {
  return errors[field] === 'error.path.missing'
    ? `The required field '${field}' was not supplied.`
    : `The field '${field}' is invalid.`
}

/** The answer of a request that wrote one record. */
export function recordAnswer(change: Change, { row }: Stored, status = successOf(change)): Answer {
  const { envelope, answersList } = change.operation
  if (transacts(change)) return transaction()
  if (envelope === undefined) return emptyAnswer(change)
  const value = answersList === true ? [row] : row
  return json(status, envelope === 'data' ? { data: value, meta: emptyMeta(change.switches) } : value)
}

/** The answer of a request that wrote an array of records. */
export function recordsAnswer(change: Change, rows: readonly Row[], meta?: Json): Answer {
  const { envelope, answersList } = change.operation
  if (transacts(change)) return transaction()
  const isCounted = change.ledger.ruleOf(change.resource.name).answers === 'counts'
  if (isCounted && envelope === 'bare') return json(200, { meta: counts(rows.length, 0) })
  if (envelope === undefined) return emptyAnswer(change)
  const value = answersList === true ? rows : (rows[0] ?? {})
  const status = successOf(change)
  return json(status, envelope === 'data' ? { data: value, meta: meta ?? emptyMeta(change.switches) } : value)
}

/** Paths whose writes answer 200 without a body, where others of their kind answer 204. */
const emptyOk: ReadonlySet<string> = new Set(['/v3/pricelists/assignments', '/v3/settings/inventory/notifications'])

function emptyAnswer({ way }: Change): Answer {
  return emptyOk.has(way.path ?? '') ? { status: 200, body: [] } : noContent()
}

function successOf({ ledger, resource, operation, isV2 }: Change): number {
  if (operation.method !== 'POST') return 200
  return ledger.ruleOf(resource.name).created ?? (isV2 ? 201 : 200)
}

function transacts({ ledger, resource }: Change): boolean {
  return ledger.ruleOf(resource.name).answers === 'transaction'
}

/** What asynchronous writes answer. */
export function transaction(): Answer {
  return json(200, { transaction_id: crypto.randomUUID() })
}

/** The answer to an array of which some records were refused, in the form the endpoint has for that. */
export function mixedAnswer(change: Change, outcomes: readonly Outcome[], sent: readonly Row[]): Answer {
  const { ledger, resource } = change
  const refused = outcomes.filter(isRefused)
  const rows = outcomes.flatMap(outcome => (isRefused(outcome) ? [] : [outcome.row]))
  if (refused.length === 0) {
    const counted = ledger.ruleOf(resource.name).batch === 'partial'
    return recordsAnswer(change, rows, counted ? counts(outcomes.length, 0) : undefined)
  }
  if (resource.name === 'products') return json(207, { data: rows, errors: refused.map(errorOf), meta: {} })
  if (ledger.ruleOf(resource.name).batch === 'batch-errors') {
    const errors = outcomes.flatMap((outcome, at) =>
      isRefused(outcome) ? [{ data: idsOf(sent[at] ?? {}), errors: namedErrors(outcome) }] : [],
    )
    return json(422, { batch_errors: errors })
  }
  return json(422, {
    data: rows,
    errors: refused.map(errorOf),
    meta: counts(outcomes.length, refused.length),
  })
}

function errorOf({ refused: status, title, errors }: Refusal): Json {
  return { status, title, type: '', errors }
}

function counts(total: number, failed: number): Json {
  return { total, success: total - failed, failed }
}

function idsOf(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => /(^|_)id$|^sku$|^currency$/.test(name)))
}

function namedErrors({ title, errors }: Refusal): Json {
  return Object.keys(errors).length === 0 ? { error: title } : errors
}
