import type { Json, Row } from './data/collection.ts'

/**
 * How a filter compares: `eq` exact, `in` and `not_in` comma-separated lists, `min` and `max` inclusive, `greater` and
 * `less` strict, `like` a part of the text whatever its case, `like_any` the same for any of a comma-separated list.
 */
export type Operator = 'eq' | 'not' | 'in' | 'not_in' | 'min' | 'max' | 'greater' | 'less' | 'like' | 'like_any'

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
  /** `id`, `parent` and `made` are answered from the position of a record, `row` needs the record. */
  readonly over: 'id' | 'parent' | 'made' | 'row'
  value(row: Row): Json
}

/** The filter parameters of a list, by the name they have in the URL. */
export type Filters = { readonly [parameter: string]: Filter }

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

/** `min` and `max` of when a record was made, under those names; for a collection that tells it, they need no record. */
export function madeFilters(minimum: string, maximum: string): Filters {
  const value = (): Json => null
  return {
    [minimum]: { kind: 'date', operator: 'min', over: 'made', value },
    [maximum]: { kind: 'date', operator: 'max', over: 'made', value },
  }
}

/** The filters on the id of the parent, which need no record. */
export function parentFilters(field: string, operators: string): Filters {
  return filtersOver('parent', { field, kind: 'integer', operators, value: row => row[field] ?? null })
}

/** The filter on the id of the record for that operator, whatever its parameter is called. */
export function idFilter(field: string, operator: Operator): Filter {
  return { kind: 'integer', operator, over: 'id', value: row => row[field] ?? null }
}

/** The filters `min_<field>` and `max_<field>` of v2. */
export function boundFilters(field: string, kind: Kind, value = (row: Row): Json => row[field] ?? null): Filters {
  return {
    [`min_${field}`]: { kind, operator: 'min', over: 'row', value },
    [`max_${field}`]: { kind, operator: 'max', over: 'row', value },
  }
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
    made[operator === 'eq' ? field : `${field}:${operator.replace('_any', '')}`] = { kind, operator, over, value }
  }
  return made
}
