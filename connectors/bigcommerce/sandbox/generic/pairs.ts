import { type Answer, noContent } from '../answer.ts'
import type { RoutedRequest } from '../router.ts'
import { recordAnswer, refusalAnswer } from './answers.ts'
import { checkRow } from './bodies.ts'
import { type Change, isRefused } from './change.ts'
import { isRow } from './defaults.ts'
import { itemAnswer } from './reads.ts'
import { createRecord, removeRecord, updateRecord } from './store-record.ts'
import { findNatural, missing } from './writes.ts'

/** Answers requests whose path ends with two keys: the variant and the currency of a price record. */
export function upsertPairAnswer(change: Change, request: RoutedRequest, keys: readonly string[]): Answer {
  const [variant = '', currency = ''] = keys
  const names = { variant_id: Number(variant), currency: currency.toLowerCase() }
  const id = findNatural(change, ['variant_id', 'currency'], names)
  switch (change.operation.method) {
    case 'GET':
      return itemAnswer(change, id, request)
    case 'DELETE':
      if (id !== undefined) removeRecord(change, id)
      return id === undefined && change.switches.secondDelete === 404 ? missing(change) : noContent()
    case 'POST':
    case 'PUT': {
      const row = isRow(request.body) ? request.body : {}
      const outcome =
        checkRow(change, row, true) ??
        (id === undefined ? createRecord(change, row, change.parentId, names) : updateRecord(change, id, row))
      return isRefused(outcome) ? refusalAnswer(change, outcome) : recordAnswer(change, outcome)
    }
  }
}
