import type { Row } from '../data/collection.ts'
import { type Change, type Refusal, refuse } from './change.ts'
import { isRow } from './defaults.ts'
import { propertiesOf } from './store-record.ts'
import { type Faulty, faultsOf } from './validate.ts'

/** The records of a body. */
export interface Sent {
  readonly rows: readonly Row[]
  /** The body was an array, or an object that holds one. */
  readonly isArray: boolean
}

/** Reads the records out of a body of the form that the request has. */
export function readBody(change: Change, body: unknown): Sent | Refusal {
  const { form, holder = '' } = change.operation
  if (form === 'multipart') return { rows: [{}], isArray: false }
  if (form === 'holder') {
    const held = isRow(body) ? body[holder] : undefined
    if (!Array.isArray(held))
      return wrongBody(isRow(body) && held === undefined ? holder : 'obj', 'error.expected.jsarray')
    return readArray(change, held)
  }
  const mayBeArray = form === 'array' || form === 'one-or-array'
  if (Array.isArray(body)) return mayBeArray ? readArray(change, body) : wrongBody('obj', 'error.expected.jsobject')
  if (form === 'array') return wrongBody('obj', 'error.expected.jsarray')
  return isRow(body) ? { rows: [body], isArray: false } : wrongBody('obj', 'error.expected.jsobject')
}

function readArray(
  { operation: { maxBatch }, switches, ledger, operation }: Change,
  items: readonly unknown[],
): Sent | Refusal {
  const most = maxBatch ?? (switches.unstatedBatch === 'ten' ? 10 : Infinity)
  if (items.length > most) {
    return refuse(`The request payload is too large. The maximum items allowed in the array is ${most}`, {}, 413)
  }
  if (items.length === 0) return wrongBody('obj', 'error.minLength')
  const isText = operation.body !== undefined && ledger.resources.read(operation.body).type === 'string'
  const rows = items.map(item => (isText && typeof item === 'string' ? { id: item } : item))
  const wrong = rows.findIndex(item => !isRow(item))
  return wrong < 0 ? { rows: rows.filter(isRow), isArray: true } : wrongBody(String(wrong), 'error.expected.jsobject')
}

function wrongBody(path: string, error: string): Refusal {
  return refuse('JSON data is missing or invalid', { [path]: error })
}

/** What is wrong with a record, by the path of the field; `prefix` is its place in an array. */
export function checkRow(change: Change, row: Row, isPartial: boolean, prefix?: number): Refusal | undefined {
  const { ledger, operation, isV2 } = change
  if (operation.body === undefined || ledger.resources.read(operation.body).type === 'string') return undefined
  const unwritable = isV2 ? unwritableField(change, row) : undefined
  if (unwritable !== undefined) {
    const text = `The field '${unwritable}' cannot be written to. Please remove it from your request before trying again.`
    return refuse(text, { [unwritable]: text }, 400)
  }
  const faulty = faultsOf(ledger.resources.read, operation.body, row, { isPartial, isV2 })
  if (Object.keys(faulty).length === 0) return undefined
  return refuse('JSON data is missing or invalid', prefix === undefined ? faulty : prefixed(faulty, prefix))
}

function prefixed(faulty: Faulty, prefix: number): Faulty {
  return Object.fromEntries(Object.entries(faulty).map(([path, error]) => [`${prefix}.${path}`, error]))
}

/** v2 refuses fields that only an answer has (`status-codes`, read April 2026). */
function unwritableField({ ledger, resource, operation }: Change, row: Row): string | undefined {
  const { read } = ledger.resources
  const sendable = operation.body === undefined ? {} : propertiesOf(read, operation.body)
  const shown = propertiesOf(read, resource.schema)
  return Object.keys(row).find(name => {
    const property = sendable[name]
    return property === undefined ? Object.hasOwn(shown, name) : read(property).isReadOnly
  })
}
