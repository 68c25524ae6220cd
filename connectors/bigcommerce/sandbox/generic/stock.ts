import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../answer.ts'
import type { Row } from '../data/collection.ts'
import type { RoutedRequest } from '../router.ts'
import { refusalAnswer, transaction } from './answers.ts'
import { checkRow, readBody } from './bodies.ts'
import { type Change, isRefused, refuse } from './change.ts'
import { isRow } from './defaults.ts'
import { identityOf } from './inventory.ts'
import { createRecord, idsUnder, updateRecord } from './store-record.ts'

/** Answers a PUT of the items of a location: taken now, seen later (`inventory.v3`, read April 2026). */
export function stockAnswer(change: Change, request: RoutedRequest): Answer {
  const sent = readBody(change, request.body)
  if (isRefused(sent)) return refusalAnswer(change, sent)
  const items: { readonly identity: Row; readonly settings: Row }[] = []
  for (const [at, row] of sent.rows.entries()) {
    const faulty = checkRow(change, row, false, at)
    if (faulty !== undefined) return refusalAnswer(change, faulty)
    const identity = identityOf(change.ledger, row['identity'])
    if (identity === undefined) {
      const error = { [`${at}.identity`]: 'error.notfound' }
      return refusalAnswer(change, refuse('The identity was not found, or is tracked otherwise', error))
    }
    const { identity: _, ...settings } = row
    items.push({ identity, settings })
  }
  const apply = (): void => {
    for (const { identity, settings } of items) storeItem(change, identity, settings)
  }
  const { inventoryDelayMs } = change.switches
  if (inventoryDelayMs === 0) apply()
  else void setTimeout(inventoryDelayMs, undefined, { ref: false }).then(apply)
  return transaction()
}

function storeItem(change: Change, identity: Row, settings: Row): void {
  const { shelf } = change.resource
  const known = idsUnder(shelf.collection, change.parentId ?? 0).find(id => {
    const there = shelf.get(id)?.row['identity']
    return (
      isRow(there) && there['variant_id'] === identity['variant_id'] && there['product_id'] === identity['product_id']
    )
  })
  const { body: _, ...operation } = change.operation
  const bare = { ...change, operation }
  if (known === undefined) createRecord(bare, { identity, settings })
  else updateRecord(bare, known, { identity, settings })
}
