import type { Operation, Parameter, ParameterType } from '../../catalogue/facts.ts'
import type { Json, Row } from '../data/collection.ts'
import type { Filter, Filters, Kind, Operator } from '../filter.ts'
import type { ListV2 } from '../list-v2.ts'
import type { Control, ListV3 } from '../list-v3.ts'
import type { SortKey } from '../selection.ts'
import type { Resource } from './resources.ts'

/** What is no filter: it shapes the answer. */
const shaping = ['include', 'include_fields', 'exclude_fields', 'sort', 'direction', 'page', 'limit', 'before', 'after']
const fixedPage = 50

/** The list of an object as v3 understands it, out of its parameters. */
export function listOfV3(resource: Resource, operation: Operation): ListV3 {
  const names = Object.keys(operation.parameters ?? {})
  const isKeyset = operation.paging === 'keyset'
  return {
    collection: resource.shelf.collection,
    filters: {
      ...filtersOf(resource, operation),
      ...(isKeyset ? { after: filterOf(resource, 'id', 'integer', 'greater') } : {}),
    },
    controls: [...pagingControls(operation), ...shaping.filter((name): name is Control => names.includes(name))],
    sorts: sortsOf(operation),
    isDirectionInSort: valuesOf(operation.parameters?.['sort']).some(value => value.includes(':')),
    ...(operation.paging === 'pages' ? { fixedLimit: fixedPage } : {}),
  }
}

/** The list of an object as v2 understands it. */
export function listOfV2(resource: Resource, operation: Operation): ListV2 {
  return {
    collection: resource.shelf.collection,
    filters: filtersOf(resource, operation),
    controls: [
      ...(operation.paging === 'none' ? [] : ['page', 'limit']),
      ...Object.keys(operation.parameters ?? {}).filter(name => shaping.includes(name)),
    ],
    sorts: sortsOf(operation),
  }
}

function pagingControls({ paging }: Operation): readonly Control[] {
  switch (paging) {
    case 'page':
      return ['page', 'limit']
    case 'page+cursor':
      return ['page', 'limit', 'before', 'after']
    case 'cursor':
      return ['limit', 'before', 'after']
    case 'keyset':
      return ['limit']
    case 'pages':
      return ['page']
    default:
      return []
  }
}

/** The filters of a request, whether it lists or deletes. */
export function filtersOf(resource: Resource, { parameters = {} }: Operation): Filters {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => !shaping.includes(name))
      .map(([name, parameter]) => {
        const { field, operator } = readName(name)
        return [name, filterOf(resource, field, kindOf(parameter), operator)]
      }),
  )
}

const operators: ReadonlySet<string> = new Set(['in', 'not_in', 'min', 'max', 'greater', 'less', 'like', 'not'])

/** `price:min` is v3, `min_price` v2. */
function readName(name: string): { readonly field: string; readonly operator: Operator } {
  const [field = name, operator] = name.split(':')
  if (operator !== undefined && operators.has(operator)) return { field, operator: operator as Operator } // looked up
  const [, bound, bounded] = /^(min|max)_(.+)$/.exec(name) ?? []
  return bounded === undefined
    ? { field, operator: 'eq' }
    : { field: bounded, operator: bound === 'min' ? 'min' : 'max' }
}

function filterOf(resource: Resource, name: string, kind: Kind, operator: Operator): Filter {
  const field = isOwnKey(resource, name) ? (resource.facts.key ?? name) : name
  const over = positionOf(resource, field, kind, operator)
  return { kind, operator, over, value: row => fieldOf(row, field) }
}

/** Some filters call the key by a longer name: `location_id` of locations. */
function isOwnKey({ name }: Resource, field: string): boolean {
  const own = name.split(/[/-]/).at(-1)?.replace(/s$/, '')
  return field === `${own}_id` || field === `${own}_uuid`
}

/** What a filter can be answered from without making the record. */
function positionOf(
  { keyKind, facts, parentField }: Resource,
  field: string,
  kind: Kind,
  operator: Operator,
): Filter['over'] {
  if (kind !== 'integer') return 'row'
  if (keyKind === 'integer' && (field === facts.key || field === 'id')) return 'id'
  return field === parentField && (operator === 'in' || operator === 'eq') ? 'parent' : 'row'
}

function kindOf(parameter: Parameter): Kind {
  const type: ParameterType = typeof parameter === 'string' ? parameter : parameter.type
  switch (type) {
    case 'integer':
    case 'integers':
      return 'integer'
    case 'number':
    case 'numbers':
      return 'number'
    case 'text':
    case 'texts':
      return typeof parameter === 'string' ? 'text' : 'choice'
    case 'boolean':
    case 'flag':
    case 'date':
      return type
  }
}

/** The field, or where the record has none of that name, whatever is called so inside it. */
function fieldOf(row: Row, field: string): Json {
  if (Object.hasOwn(row, field)) return row[field] ?? null
  const found = inside(row, field)
  return found.length === 1 ? (found[0] ?? null) : found
}

function inside(value: Json, field: string): readonly Json[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.flatMap(item => inside(item, field))
  return Object.entries(value).flatMap(([name, inner]) => (name === field ? [inner].flat() : inside(inner, field)))
}

function sortsOf({ parameters = {} }: Operation): { readonly [name: string]: SortKey } {
  const names = valuesOf(parameters['sort']).map(value => value.replace(/:.*/, ''))
  return Object.fromEntries(names.map(name => [name, (row: Row): Json => row[name] ?? null]))
}

function valuesOf(parameter: Parameter | undefined): readonly string[] {
  return parameter === undefined || typeof parameter === 'string' ? [] : parameter.values
}
