import type { DataRecord, ReadContext } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts, Operation, Parameter } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import { fillPath, type Keys, templateOf } from '../paths.ts'
import { prepareRequest } from '../query/request.ts'
import type { WriteOptions } from './options.ts'
import { keysAbove } from './path-keys.ts'
import type { Name } from './recognition.ts'
import { isRow, type Row } from './rows.ts'

/** The list in which a record would stand. */
export interface RowList {
  readonly object: ObjectFacts
  readonly route: Route
  readonly keys: Keys
  readonly path: string
}

/** More are not read through to find one. */
const mostRows = 5_000

/** Finds the list: the one below the parent of the record, else the store-wide one; undefined: there is none. */
export function listFor(
  object: ObjectFacts,
  record: DataRecord,
  { name, keys }: { readonly name: Name; readonly keys: NonNullable<WriteOptions['keys']> },
): RowList | undefined {
  const lists = routesOf(object, 'Query').filter(({ operation }) => operation.form === 'list')
  for (const route of lists) {
    const above = keysAbove(object, route.way, record, keys)
    const filters = [filterFor(name, route.operation), ...Object.keys(keys)]
    const isComplete = (route.operation.required ?? []).every(needed => filters.includes(needed))
    if (above !== undefined && isComplete)
      return { object, route, keys: above, path: fillPath(templateOf(route), above) }
  }
  return undefined
}

/** What is looked for in a list. */
export interface Wish {
  readonly name: Name
  /** Values of the leading field of the name. */
  readonly values: readonly unknown[]
  /** Only what was made since then counts. */
  readonly sinceMs?: number
  readonly options: WriteOptions
  readonly client: StoreClient
  readonly context: ReadContext
}

/**
 * Reads the rows that may be those looked for, by filters where the list has any that fit. Throws what reading throws,
 * and RESPONSE_INVALID when there are too many to read through.
 */
export async function readRows(list: RowList, wish: Wish): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const filters of filtersFor(list.route.operation, wish)) {
    const wanted = { options: { object: list.object.name, filters: { ...filters } }, fields: undefined, readAhead: 2 }
    const source = prepareRequest(list.object, list.route, wanted).source(list.keys)
    const reader = { client: wish.client, context: wish.context, most: Number.POSITIVE_INFINITY, note: () => undefined }
    for await (const { records } of source(undefined, reader)) {
      rows.push(...records.filter(isRow))
      if (rows.length > mostRows)
        throw new ConnectorError(
          'RESPONSE_INVALID',
          `there are more than ${mostRows} ${fullName(list.object)} to look through`,
        )
    }
  }
  return rows
}

type Filters = { readonly [name: string]: string | number | (string | number)[] }

/** The filters of each read: many values in one where the list takes that, each by its own where it takes one. */
function filtersFor({ parameters = {}, ...operation }: Operation, wish: Wish): readonly Filters[] {
  const fixed = fixedFilters(parameters, wish)
  const filter = filterFor(wish.name, { parameters, ...operation })
  if (filter === undefined) return [fixed]
  const values = [...new Set(wish.values.filter(isValue))]
  if (!values.every(value => isTaken(value, parameters[filter]))) return [fixed]
  const isList = filter.endsWith(':in')
  if (isList && values.some(value => String(value).includes(','))) {
    const single = filter.replace(/:in$/, '')
    return parameters[single] === undefined ? [fixed] : values.map(value => ({ ...fixed, [single]: value }))
  }
  return isList ? [{ ...fixed, [filter]: values }] : values.map(value => ({ ...fixed, [filter]: value }))
}

/** What was made since then, and what the options say of the place of the records. */
function fixedFilters(parameters: NonNullable<Operation['parameters']>, { sinceMs, options }: Wish): Filters {
  const since = ['min_date_created', 'date_created:min', 'created:min'].find(name => parameters[name] !== undefined)
  const given = Object.entries(options.keys ?? {}).filter(([name]) => parameters[name] !== undefined)
  return {
    ...Object.fromEntries(given),
    ...(since === undefined || sinceMs === undefined ? {} : { [since]: textOf(sinceMs) }),
  }
}

function textOf(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}

function filterFor({ fields: [first], filter }: Name, { parameters = {} }: Operation): string | undefined {
  if (first === undefined) return undefined
  return (filter === undefined ? [`${first}:in`, first] : [filter]).find(name => parameters[name] !== undefined)
}

function isValue(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function isTaken(value: string | number, parameter: Parameter | undefined): boolean {
  if (typeof parameter !== 'string') return false
  return !/^(integer|number)/.test(parameter) || /^\d+$/.test(String(value))
}
