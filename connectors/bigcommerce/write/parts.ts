import type { WriteOutcome } from '../../sdk/connector.ts'
import type { WriteAnswer } from '../client.ts'
import { wordsIn } from '../words.ts'
import type { Call, Item } from './call.ts'
import { refused } from './refusal.ts'
import { isRepeatable } from './repeatable.ts'
import { idOf, isRow, matchRows, type Row, rowsOf } from './rows.ts'
import type { Verdict } from './verdict.ts'

/*
 * The shapes in which the store tells that a part of a list was applied:
 * - metafields (422), segments (409), promotions: {data: [what was], errors: [a problem each], meta: {failed}}
 * - price lists and variants: {batch_errors: [{data: {ids}, errors}]}; whether the others were applied is not said
 * - site routes: {meta: {saved_records}, errors: {"0.matching.type": text}}
 * - others: errors by position, and nothing was applied: {errors: {"0.channel_id": text}}
 */

type Answered = WriteAnswer & { readonly tag: 'answered' }
type Judged = { readonly item: Item; readonly outcome: WriteOutcome }

/** The verdict on an answer that tells records apart; undefined when it is about all of them. */
export function partsOf(answer: Answered, call: Call, items: readonly Item[]): Verdict | undefined {
  const { body, status } = answer
  if (!isRow(body)) return undefined
  const { batch_errors: batchErrors, errors, data, meta } = body
  if (Array.isArray(batchErrors) && batchErrors.length > 0) return byNamedRows(batchErrors, answer, call, items)
  const isFailed = isRow(meta) && typeof meta['failed'] === 'number' && meta['failed'] > 0
  const isList = Array.isArray(errors) && errors.length > 0 && (Array.isArray(data) || isFailed)
  // Of 207 everything was saved; the errors are about details.
  if (status === 207) return undefined
  if (isList && !Array.isArray(data) && isRow(meta) && Number(meta['success']) > 0) {
    return byMention(errors, Number(meta['failed']), answer, items)
  }
  if (isList) return byMissingRows(errors, answer, call, items)
  if (items.length > 1 && isRow(errors)) return byPosition(errors, answer, call, items)
  return undefined
}

/**
 * Some were refused and the others applied, and no row says which: a problem that names the key of one record is about
 * that one. Where the problems do not name as many as were refused, nobody knows; sending again would find gone what
 * this request took.
 */
function byMention(errors: readonly unknown[], failed: number, answer: Answered, items: readonly Item[]): Verdict {
  const blamed = new Map<Item, unknown>()
  for (const error of errors) {
    // Its status is a number too, but no key.
    const words = JSON.stringify(isRow(error) ? { ...error, status: '' } : error).split(/[^A-Za-z0-9-]+/)
    const named = items.filter(({ key }) => key !== undefined && words.includes(key))
    const [only] = named
    if (only !== undefined && named.length === 1) blamed.set(only, error)
  }
  const isKnown = blamed.size === failed
  const message = `${answer.message}; ${failed} of ${items.length} were refused, and the answer does not say which`
  const settled = items.map((item): Judged => {
    if (!isKnown) return { item, outcome: { status: 'unknown', message } }
    return { item, outcome: blamed.has(item) ? refusedFor(blamed.get(item), answer) : asWritten(item.key) }
  })
  return { settled, again: [] }
}

/** What is not among the rows was refused. */
function byMissingRows(
  errors: readonly unknown[],
  answer: Answered,
  call: Call,
  items: readonly Item[],
): Verdict | undefined {
  const { data } = answer.body as Row // it was looked at above
  const ids = Array.isArray(data) ? new Set(data.filter(each => !isRow(each)).map(String)) : new Set<string>()
  const isDelete = call.route.operation.method === 'DELETE'
  const matches = isDelete
    ? items.map(item => ({ item, row: undefined, isMissing: !ids.has(item.key ?? '') }))
    : matchRows(items, Array.isArray(data) ? (rowsOf(data) ?? []) : [])
  const missing = matches.filter(({ isMissing }) => isMissing).map(({ item }) => item)
  // None was applied, and it is not said which of them is to blame: halving shows.
  if (answer.status >= 400 && missing.length === items.length && errors.length !== missing.length && items.length > 1)
    return undefined
  const settled = matches.map(({ item, row, isMissing }): Judged => {
    if (!isMissing) return { item, outcome: asWritten(row === undefined ? item.key : (idOf(row, call) ?? item.key)) }
    // One problem each, in the order of the records; else nobody knows which is whose.
    const own = errors.length === missing.length ? errors[missing.indexOf(item)] : errors
    return { item, outcome: refusedFor(own, answer) }
  })
  return { settled, again: [] }
}

function byNamedRows(
  batchErrors: readonly unknown[],
  answer: Answered,
  call: Call,
  items: readonly Item[],
): Verdict | undefined {
  const settled: Judged[] = []
  for (const each of batchErrors.filter(isRow)) {
    const { data, errors } = each
    const [match] = isRow(data) ? matchNamed(items, data) : []
    if (match === undefined || settled.some(({ item }) => item === match)) continue
    settled.push({ item: match, outcome: refusedFor({ errors }, answer) })
  }
  // Nobody is named: the list is halved until it shows.
  if (settled.length === 0) return undefined
  return withRest(settled, { isSaved: answer.status < 300, isUntouched: false }, { answer, call, items })
}

function matchNamed(items: readonly Item[], named: Row): readonly Item[] {
  return items.filter(({ body, key }) => {
    const fields = Object.keys(named).filter(field => isRow(body) && body[field] !== undefined)
    if (fields.length > 0 && isRow(body))
      return fields.every(field => String(body[field]).toLowerCase() === String(named[field]).toLowerCase())
    return key !== undefined && String(named['id']) === key
  })
}

function byPosition(errors: Row, answer: Answered, call: Call, items: readonly Item[]): Verdict | undefined {
  const texts = new Map<number, string[]>()
  for (const [path, text] of Object.entries(errors)) {
    const place = Number(/^\.?(\d+)(?:\.|$)/.exec(path)?.[1] ?? Number.NaN)
    if (!(place < items.length)) return undefined
    texts.set(place, [
      ...(texts.get(place) ?? []),
      `${path}: ${typeof text === 'string' ? text : JSON.stringify(text)}`,
    ])
  }
  if (texts.size === 0) return undefined
  const settled = items.flatMap((item, place): readonly Judged[] => {
    const own = texts.get(place)
    return own === undefined ? [] : [{ item, outcome: refusedFor(own.join('; '), answer) }]
  })
  const { meta } = answer.body as Row // it was looked at above
  const saved = isRow(meta) ? meta['saved_records'] : undefined
  const isSaved = saved === items.length - settled.length
  return withRest(settled, { isSaved, isUntouched: saved === undefined || saved === 0 }, { answer, call, items })
}

/** The records nobody complained of: saved, or to be sent again without the others, or nobody knows. */
function withRest(
  settled: readonly Judged[],
  { isSaved, isUntouched }: { readonly isSaved: boolean; readonly isUntouched: boolean },
  { answer, call, items }: { readonly answer: Answered; readonly call: Call; readonly items: readonly Item[] },
): Verdict {
  const blamed = new Set(settled.map(({ item }) => item))
  const rest = items.filter(item => !blamed.has(item))
  if (rest.length === 0) return { settled, again: [] }
  if (isSaved)
    return { settled: [...settled, ...rest.map(item => ({ item, outcome: asWritten(item.key) }))], again: [] }
  if ((isUntouched && !answer.isAfterDoubt) || isRepeatable(call, rest)) return { settled, again: [rest] }
  const message = `${answer.message}; the store does not say whether the other records were applied`
  return {
    settled: [...settled, ...rest.map(item => ({ item, outcome: { status: 'unknown', message } as const }))],
    again: [],
  }
}

function asWritten(id: string | undefined): WriteOutcome {
  return { status: 'written', ...(id === undefined ? {} : { id }) }
}

/** The store's words on one record, in place of those on all. */
function refusedFor(problem: unknown, { status, message, requestId }: Answered): WriteOutcome {
  const words = wordsIn(problem)
  const inner = isRow(problem) && typeof problem['status'] === 'number' ? problem['status'] : status
  const code = inner >= 400 ? inner : 422
  if (words === '') return refused(code, message)
  const request = message.slice(0, message.indexOf(': '))
  return refused(code, `${request}: ${code} ${words}${requestId === undefined ? '' : `, request ${requestId}`}`)
}
