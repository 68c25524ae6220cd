import type { Json, Row } from './data/collection.ts'

/**
 * How a filter compares: `eq` exact, `in` and `not_in` comma-separated lists, `min` and `max` inclusive, `greater` and
 * `less` strict, `like` a part of the text whatever its case.
 */
export type Operator = 'eq' | 'not' | 'in' | 'not_in' | 'min' | 'max' | 'greater' | 'less' | 'like'

/**
 * What a filter compares. `choice` is a text of a fixed set, whatever its case. `boolean` takes true and false;
 * `flag` is a boolean field whose filter takes 1 and 0 only, and with anything else filters nothing. `date` takes ISO
 * 8601 or seconds since 1970.
 */
export type Kind = 'integer' | 'number' | 'text' | 'choice' | 'boolean' | 'flag' | 'date'

/** One filter parameter of a list. */
export interface Filter {
  readonly kind: Kind
  readonly operator: Operator
  /** `id` and `parent` are answered from the position of a record, `row` needs the record. */
  readonly over: 'id' | 'parent' | 'row'
  value(row: Row): Json
}

/** The filter parameters of a list, by the name they have in the URL. */
export type Filters = { readonly [parameter: string]: Filter }

/** A value to compare with; dates are milliseconds. */
type Comparable = number | string | boolean

type Test = (row: Row) => boolean

/** What a query asks for, ready to be looked up. */
export interface Criteria {
  readonly minId: number
  readonly maxId: number
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

/** The filters `<field>`, `<field>:min` … for those operators, separated by spaces. */
export function fieldFilters(
  field: string,
  kind: Kind,
  operators: string,
  value = (row: Row): Json => row[field] ?? null,
): Filters {
  return filtersOver('row', { field, kind, operators, value })
}

/** The filters on the id of the record, which need no record. */
export function idFilters(field: string, operators: string): Filters {
  return filtersOver('id', { field, kind: 'integer', operators, value: row => row[field] ?? null })
}

/** The filters on the id of the parent, which need no record. */
export function parentFilters(field: string, operators: string): Filters {
  return filtersOver('parent', { field, kind: 'integer', operators, value: row => row[field] ?? null })
}

interface FieldFilter {
  readonly field: string
  readonly kind: Kind
  readonly operators: string
  value(row: Row): Json
}

function filtersOver(over: Filter['over'], { field, kind, operators, value }: FieldFilter): Filters {
  const made: { [parameter: string]: Filter } = {}
  for (const operator of operators.split(' ') as Operator[]) {
    made[operator === 'eq' ? field : `${field}:${operator}`] = { kind, operator, over, value }
  }
  return made
}

interface Draft {
  minId: number
  maxId: number
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
      throw new Error('the sandbox declares a like filter on an id')
  }
}

function both(known: readonly number[] | undefined, more: readonly number[]): readonly number[] {
  return known === undefined ? more : known.filter(id => more.includes(id))
}

function readValues(
  { kind, operator }: Filter,
  text: string,
  now: Date,
): readonly Comparable[] | 'ignored' | undefined {
  if (kind === 'flag' && text !== '1' && text !== '0') return 'ignored'
  const texts = operator === 'in' || operator === 'not_in' ? text.split(',').map(item => item.trim()) : [text]
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
      return operator === 'like' ? text.toLowerCase() : text
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

/**
 * A day without a time: `max` takes the present time of that day (`common-query-params`, read April 2026), so that it
 * leaves out what was changed later that day; `eq` means the whole day, written as the day itself.
 */
function readDate(operator: Operator, text: string, now: Date): number | string | undefined {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000
  const ms = Date.parse(text)
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
      return value => String(value).toLowerCase().includes(String(first))
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
  return value
}
