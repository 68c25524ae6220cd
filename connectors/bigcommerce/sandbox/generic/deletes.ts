import { type Answer, json, noContent } from '../answer.ts'
import { readCriteria } from '../criteria.ts'
import { invalidField, unsupportedField } from '../list-v2.ts'
import { emptyMeta, invalidValues, type ListTools, unknownFilters } from '../list-v3.ts'
import { lastValue, listOf, type Query } from '../query.ts'
import { refusalAnswer, transaction } from './answers.ts'
import { type Change, type Refusal, refuse } from './change.ts'
import { isRow } from './defaults.ts'
import { filtersOf } from './lists.ts'
import { idsUnder, removeRecord } from './store-record.ts'

/** Answers a DELETE of one record. */
export function removeAnswer(change: Change, id: number | undefined): Answer {
  const { operation, isV2, switches, resource } = change
  const row = id === undefined ? undefined : resource.shelf.get(id)?.row
  if (id === undefined || row === undefined) {
    const status = isV2 || switches.secondDelete === 404 ? 404 : 204
    return status === 204
      ? noContent()
      : refusalAnswer(change, refuse('The requested resource was not found.', {}, 404))
  }
  removeRecord(change, id)
  if (isV2 || operation.envelope === undefined) return noContent()
  if (operation.envelope === 'bare') return json(200, row)
  const value = operation.record === undefined ? id : row
  return json(200, { data: value, meta: emptyMeta(switches) })
}

/** Answers a DELETE of all records that match the query; without a filter that is all there are. */
export async function removeMatchingAnswer(change: Change, query: Query, tools: ListTools): Promise<Answer> {
  const { operation, isV2, resource } = change
  const filters = filtersOf(resource, operation)
  const unknown = query.map(([name]) => name).filter(name => !Object.hasOwn(filters, name))
  if (unknown.length > 0) return isV2 ? unsupportedField(unknown[0] ?? '') : unknownFilters(unknown)
  const missing = missingFilters(change, query)
  if (missing !== undefined) return refusalAnswer(change, missing)
  const tooMany = query.some(([name]) => listOf(query, name).length > (operation.maxBatch ?? Infinity))
  if (tooMany) {
    const title = `The request payload is too large. The maximum items allowed in the array is ${operation.maxBatch}`
    return refusalAnswer(change, refuse(title, {}, 413))
  }
  const criteria = readCriteria(filters, query, tools.now)
  if ('invalid' in criteria) {
    return isV2 ? invalidField(Object.keys(criteria.invalid)[0] ?? '') : invalidValues(criteria.invalid)
  }
  const { collection } = resource.shelf
  const within = change.parentId === undefined ? undefined : (collection.under?.(change.parentId) ?? [])
  const selection = await tools.select({ collection, criteria, ...(within === undefined ? {} : { within }) })
  const ids =
    selection.kind === 'picked'
      ? Array.from(selection.at, index => collection.idAt(index))
      : Array.from({ length: selection.to - selection.from }, (_, at) => collection.idAt(selection.from + at))
  const answer = partlyRemoved(change, listOf(query, 'id:in'))
  for (const id of ids) removeRecord(change, id)
  return answer ?? removedAnswer(change)
}

/** What some objects answer when not all of the records asked for are there. */
function partlyRemoved({ ledger, resource }: Change, asked: readonly string[]): Answer | undefined {
  const missing = asked.filter(id => resource.find(id) === undefined)
  if (ledger.ruleOf(resource.name).tellsMissing !== true || missing.length === 0) return undefined
  const meta = { total: asked.length, success: asked.length - missing.length, failed: missing.length }
  return json(422, { errors: missing.map(notFound), meta })
}

function notFound(key: unknown) {
  return { status: 404, title: `${key} was not found`, type: '', errors: {} }
}

function missingFilters({ operation: { required = [] } }: Change, query: Query): Refusal | undefined {
  const missing = required.filter(name => (lastValue(query, name) ?? '') === '')
  if (missing.length === 0) return undefined
  return refuse(
    `The filter(s): ${missing.join(',')} are required.`,
    Object.fromEntries(missing.map(name => [name, 'error.path.missing'])),
  )
}

/** Answers a DELETE whose body names the records by their keys. */
export function removeListedAnswer(change: Change, body: unknown): Answer {
  const { ledger, resource } = change
  if (body === undefined && ledger.ruleOf(resource.name).deletesAllWithoutBody === true) return removeAllAnswer(change)
  const listed = isRow(body) ? body['ids'] : body
  if (resource.facts.ways[0]?.kind === 'write-only' && isRow(body) && listed === undefined)
    return removeAllAnswer(change)
  if (!Array.isArray(listed)) {
    return refusalAnswer(change, refuse('JSON data is missing or invalid', { obj: 'error.expected.jsarray' }))
  }
  const outcomes = listed.map(key => {
    const id = resource.find(String(key))
    return { key, isThere: id !== undefined && removeRecord(change, id) }
  })
  const removed = outcomes.filter(({ isThere }) => isThere).map(({ key }) => key)
  const failed = outcomes.length - removed.length
  const meta = { total: outcomes.length, success: removed.length, failed }
  if (failed === 0) return json(200, { data: removed, meta })
  const errors = outcomes.filter(({ isThere }) => !isThere).map(({ key }) => notFound(key))
  return json(422, { data: removed, errors, meta })
}

/** Answers a DELETE of everything there is, below the parent when the path has one. */
export function removeAllAnswer(change: Change): Answer {
  const { collection } = change.resource.shelf
  const ids =
    change.parentId === undefined
      ? Array.from({ length: collection.size }, (_, index) => collection.idAt(index))
      : idsUnder(collection, change.parentId)
  for (const id of ids) removeRecord(change, id)
  return removedAnswer(change)
}

function removedAnswer({ ledger, resource, operation }: Change): Answer {
  if (ledger.ruleOf(resource.name).answers === 'transaction' && operation.envelope === 'bare') return transaction()
  return noContent()
}
