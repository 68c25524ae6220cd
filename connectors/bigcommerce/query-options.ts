import { type Static, Type } from '@sinclair/typebox'
import { ConnectorError } from '../sdk/errors.ts'
import { type CatalogueObject, type FilterKind, findObject } from './catalogue.ts'
import { nearestName } from './nearest.ts'

const filterValue = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.Union([Type.String(), Type.Number()])),
])

/** Options of the activity Query. */
export const optionsSchema = Type.Object(
  {
    object: Type.String({ description: 'What to read: products, brands, categories, customers, orders.' }),
    filters: Type.Optional(
      Type.Record(Type.String(), filterValue, {
        description: "The object's own filters, like `price:min`; lists for those that end in `:in`.",
      }),
    ),
    include: Type.Optional(
      Type.Array(Type.String(), { description: 'Parts to read along, like variants; default none.' }),
    ),
    fields: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Read only these fields; default: those the transformation needs, else all.',
      }),
    ),
    sort: Type.Optional(Type.String({ description: 'Field to sort by; default: the id where the object offers it.' })),
    direction: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { description: 'Default asc.' })),
    pageSize: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 250, description: 'Records per request; default 250.' }),
    ),
    readAhead: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 16, description: 'Requests at the same time; default 4.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Read at most so many records; default all.' })),
  },
  { additionalProperties: false },
)
type QueryOptions = Static<typeof optionsSchema>

/** A query that can be sent: everything checked, filled in and put into parameters but the page. */
export interface QueryPlan {
  readonly object: CatalogueObject
  /** Parameters without page and limit, percent-encoded, each followed by `&`. */
  readonly parameters: string
  readonly pageSize: number
  readonly readAhead: number
  readonly limit: number
}

const maxPageSize = 250
/** With options or modifiers included the store gives no more, whatever is asked. */
const cappedPageSize = 10

/**
 * Plans a query. `neededFields` are the fields the transformation reads; undefined = it may read any.
 * Throws OBJECT_UNKNOWN or OPTIONS_INVALID naming what is wrong and the nearest right name; sends nothing.
 */
export function planQuery(options: unknown, neededFields: readonly string[] | undefined): QueryPlan {
  const given = options as QueryOptions // the host has checked them against the schema above
  const object = findObject(given.object)
  checkNames('include', given.include ?? [], object.includes, object)
  checkNames('field', given.fields ?? [], Object.keys(object.fields), object)
  const isCapped = (given.include ?? []).some(name => object.cappingIncludes.includes(name))
  const parameters: [string, string][] = [
    ...Object.entries(given.filters ?? {}).map(([name, value]): [string, string] => [
      name,
      filterText(name, value, object),
    ]),
    ...(given.include === undefined || given.include.length === 0
      ? []
      : [['include', given.include.join(',')] as [string, string]]),
    ...sortParameters(given, object),
    ...selection(given, neededFields, object),
  ]
  return {
    object,
    parameters: parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}&`).join(''),
    pageSize: Math.min(given.pageSize ?? maxPageSize, isCapped ? cappedPageSize : maxPageSize),
    readAhead: given.readAhead ?? 4,
    limit: given.limit ?? Number.POSITIVE_INFINITY,
  }
}

function checkNames(
  what: string,
  given: readonly string[],
  known: readonly string[],
  { name: object }: CatalogueObject,
): void {
  for (const name of given) if (!known.includes(name)) throw unknownName(what, name, known, object)
}

function unknownName(what: string, name: string, known: readonly string[], object: string): ConnectorError {
  const offered = known.length === 0 ? `; ${object} has none` : ''
  return new ConnectorError(
    'OPTIONS_INVALID',
    `${object} has no ${what} ${JSON.stringify(name)}${nearestName(name, known)}${offered}`,
  )
}

/** How each kind of filter is written into the request; undefined = the value does not fit. */
const writers: { readonly [kind in FilterKind]: (value: unknown) => string | undefined } = {
  integer: value => (Number.isInteger(numberOf(value)) ? String(numberOf(value)) : undefined),
  number: value => (Number.isFinite(numberOf(value)) ? String(numberOf(value)) : undefined),
  text: value => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined),
  boolean: value => (isTruth(value) ? String(value) : undefined),
  // These look like booleans but are asked for as 1 and 0; with `true` the store filters nothing.
  flag: value =>
    isTruth(value) ? String(Number(String(value) === 'true')) : value === 1 || value === 0 ? String(value) : undefined,
  date: value => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined),
  integers: value => list(value, each => Number.isInteger(numberOf(each))),
  texts: value => list(value, each => typeof each === 'string' || typeof each === 'number'),
}

const kindNames: { readonly [kind in FilterKind]: string } = {
  integer: 'a whole number',
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  flag: 'true or false',
  date: 'a date like 2026-11-23T10:00:00Z',
  integers: 'a list of whole numbers',
  texts: 'a list of texts without commas',
}

function filterText(name: string, value: unknown, object: CatalogueObject): string {
  const kind = Object.hasOwn(object.filters, name) ? object.filters[name] : undefined
  if (kind === undefined) throw unknownName('filter', name, Object.keys(object.filters), object.name)
  const text = writers[kind](value)
  if (text === undefined)
    throw new ConnectorError('OPTIONS_INVALID', `filter ${name} of ${object.name} must be ${kindNames[kind]}`)
  return text
}

/** Variables give numbers as texts. */
function numberOf(value: unknown): number {
  return typeof value === 'string' && value.trim() !== ''
    ? Number(value)
    : typeof value === 'number'
      ? value
      : Number.NaN
}

function isTruth(value: unknown): boolean {
  return typeof value === 'boolean' || value === 'true' || value === 'false'
}

/** Lists travel joined by commas, so no element may hold one. */
function list(value: unknown, fits: (each: unknown) => boolean): string | undefined {
  const elements: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : [value]
  if (elements.length === 0 || !elements.every(each => fits(each) && !String(each).includes(','))) return undefined
  return elements.join(',')
}

function sortParameters({ sort, direction }: QueryOptions, object: CatalogueObject): readonly [string, string][] {
  if (sort !== undefined) checkNames('sort', [sort], object.sorts, object)
  const field = sort ?? object.stableSort
  if (field === undefined) {
    if (direction !== undefined)
      throw new ConnectorError('OPTIONS_INVALID', `direction: ${object.name} needs a sort for it`)
    return []
  }
  const way = direction ?? 'asc'
  if (object.direction === 'colon') return [['sort', `${field}:${way}`]]
  return [
    ['sort', field],
    ['direction', way],
  ]
}

/** Asks for no more fields than needed, where the store understands that and knows all of them. */
function selection(
  { fields, include = [] }: QueryOptions,
  needed: readonly string[] | undefined,
  { canSelect, fields: known, idField }: CatalogueObject,
): readonly [string, string][] {
  const wanted = fields ?? needed
  if (!canSelect || wanted === undefined) return []
  // What is included comes along by itself. A field nobody knows may still exist: then better ask for all.
  const selected = wanted.filter(name => !include.includes(name) && name !== idField)
  if (!selected.every(name => Object.hasOwn(known, name))) return []
  return [['include_fields', selected.length === 0 ? idField : selected.join(',')]]
}
