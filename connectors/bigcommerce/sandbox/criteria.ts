import type { Json, Row } from './data/collection.ts'
import type { Filter, Filters, Kind, Operator } from './filter.ts'

/** A value to compare with; dates are milliseconds. */
type Comparable = number | string | boolean

type Test = (row: Row) => boolean

/** What a query asks for, ready to be looked up. */
export interface Criteria {
  readonly minId: number
  readonly maxId: number
  /** When the record was made. */
  readonly minMadeMs: number
  readonly maxMadeMs: number
  readonly ids: readonly number[] | undefined
  readonly excludedIds: ReadonlySet<number>
  readonly parents: readonly number[] | undefined
  readonly tests: readonly Test[]
  /** The same for equal criteria. */
  readonly key: string
}

/** Given instead of criteria: the parameters whose value cannot be understood, with what was expected. */
export interface InvalidValues {
  readonly invalid: { readonly [parameter: string]: string }
}

interface Draft {
  minId: number
  maxId: number
  minMadeMs: number
  maxMadeMs: number
  ids: readonly number[] | undefined
  readonly excludedIds: Set<number>
  parents: readonly number[] | undefined
  readonly tests: Test[]
  readonly keys: string[]
}

/** Reads the filters that a query uses. Parameters that are no filter of the list must have been refused before. */
export function readCriteria(
  filters: Filters,
  query: readonly (readonly [string, string])[],
  now: Date,
): Criteria | InvalidValues {
  const draft: Draft = {
    minId: -Infinity,
    maxId: Infinity,
    minMadeMs: -Infinity,
    maxMadeMs: Infinity,
    ids: undefined,
    excludedIds: new Set(),
    parents: undefined,
    tests: [],
    keys: [],
  }
  const invalid: { [parameter: string]: string } = {}
  for (const [parameter, text] of query) {
    const filter = filters[parameter]
    if (filter === undefined) continue
    const values = readValues(filter, text, now)
    if (values === undefined) invalid[parameter] = expectation(filter.kind)
    else if (values !== 'ignored') add(draft, filter, values, `${parameter}=${values.join(',')}`)
  }
  if (Object.keys(invalid).length > 0) return { invalid }
  const { keys, ...criteria } = draft
  return { ...criteria, key: keys.sort().join('&') }
}

function expectation(kind: Kind): string {
  if (kind === 'integer' || kind === 'number') return 'error.expected.jsnumber'
  if (kind === 'boolean') return 'error.expected.jsboolean'
  return kind === 'date' ? 'error.expected.date' : 'error.expected.jsstring'
}

function add(draft: Draft, filter: Filter, values: readonly Comparable[], key: string): void {
  draft.keys.push(key)
  if (filter.over === 'row') {
    draft.tests.push(testOf(filter, values))
    return
  }
  const numbers = values.map(Number)
  const first = numbers[0] ?? Number.NaN
  if (filter.over === 'made') {
    if (filter.operator === 'min') draft.minMadeMs = Math.max(draft.minMadeMs, first)
    else draft.maxMadeMs = Math.min(draft.maxMadeMs, first)
    return
  }
  switch (filter.operator) {
    case 'eq':
    case 'in':
      if (filter.over === 'parent') draft.parents = both(draft.parents, numbers)
      else draft.ids = both(draft.ids, numbers)
      return
    case 'not':
    case 'not_in':
      for (const id of numbers) draft.excludedIds.add(id)
      return
    case 'min':
      draft.minId = Math.max(draft.minId, first)
      return
    case 'greater':
      draft.minId = Math.max(draft.minId, first + 1)
      return
    case 'max':
      draft.maxId = Math.min(draft.maxId, first)
      return
    case 'less':
      draft.maxId = Math.min(draft.maxId, first - 1)
      return
    case 'like':
    case 'like_any':
      throw new Error('the sandbox declares a like filter on an id')
  }
}

function both(known: readonly number[] | undefined, more: readonly number[]): readonly number[] {
  return known === undefined ? more : known.filter(id => more.includes(id))
}

const listOperators: ReadonlySet<Operator> = new Set(['in', 'not_in', 'like_any'])

function readValues(
  { kind, operator }: Filter,
  text: string,
  now: Date,
): readonly Comparable[] | 'ignored' | undefined {
  if (kind === 'flag' && text !== '1' && text !== '0') return 'ignored'
  const texts = listOperators.has(operator) ? text.split(',').map(item => item.trim()) : [text]
  const values = texts.map(item => readValue(kind, operator, item, now))
  return values.some(value => value === undefined) ? undefined : values.filter(value => value !== undefined)
}

function readValue(kind: Kind, operator: Operator, text: string, now: Date): Comparable | undefined {
  switch (kind) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
    case 'number':
      return /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : undefined
    case 'text':
      return operator === 'like' || operator === 'like_any' ? text.toLowerCase() : text
    case 'choice':
      return text.toLowerCase()
    case 'flag':
      return text === '1'
    case 'boolean':
      return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()]
    case 'date':
      return readDate(operator, text, now)
  }
}

const withoutOffset = /^\d{4}-\d{2}-\d{2}T[\d:.]+$/

/**
 * A day without a time: `max` takes the present time of that day (`common-query-params`, read April 2026), so that it
 * leaves out what was changed later that day; `eq` means the whole day, written as the day itself. A time without an
 * offset is UTC, not the time zone of this machine.
 */
function readDate(operator: Operator, text: string, now: Date): number | string | undefined {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000
  const ms = Date.parse(withoutOffset.test(text) ? `${text}Z` : text)
  if (Number.isNaN(ms)) return undefined
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return ms
  if (operator === 'eq' || operator === 'not') return text
  return operator === 'max' ? ms + (Math.floor(now.getTime() / 1000) % 86_400) * 1000 : ms
}

function testOf(filter: Filter, values: readonly Comparable[]): Test {
  const matches = matcher(filter.operator, values)
  const isNegative = filter.operator === 'not' || filter.operator === 'not_in'
  return row => {
    const value = filter.value(row)
    const items = Array.isArray(value) ? value : [value]
    const hit = items.some(item => {
      const comparable = comparableOf(filter.kind, item)
      return comparable !== undefined && matches(comparable)
    })
    return hit !== isNegative
  }
}

/** The negative operators match what they name; the caller turns the answer round. */
function matcher(operator: Operator, values: readonly Comparable[]): (value: Comparable) => boolean {
  const set = new Set(values)
  const first = values[0] ?? ''
  switch (operator) {
    case 'eq':
    case 'not':
      return value => value === first || isSameDay(value, first)
    case 'in':
    case 'not_in':
      return value => set.has(value)
    case 'min':
      return value => value >= first
    case 'max':
      return value => value <= first
    case 'greater':
      return value => value > first
    case 'less':
      return value => value < first
    case 'like':
    case 'like_any':
      return value => values.some(part => String(value).toLowerCase().includes(String(part)))
  }
}

function isSameDay(value: Comparable, day: Comparable): boolean {
  return typeof value === 'number' && typeof day === 'string' && new Date(value).toISOString().startsWith(day)
}

function comparableOf(kind: Kind, value: Json): Comparable | undefined {
  if (value === null || typeof value === 'object') return undefined
  if (kind === 'date') return Date.parse(String(value))
  if (kind === 'number' || kind === 'integer') return Number(value)
  if (kind === 'choice') return String(value).toLowerCase()
  if (kind === 'text') return String(value)
  return value
}
