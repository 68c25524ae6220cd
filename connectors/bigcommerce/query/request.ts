import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts, Operation, Parameter } from '../catalogue/facts.ts'
import { fullName, type Route } from '../catalogue/objects.ts'
import { endpointOf } from '../endpoint.ts'
import { fillPath, type Keys, keysIn, templateOf } from '../paths.ts'
import { propertiesOf } from '../schemas.ts'
import { chunksOf, encoded } from './chunks.ts'
import { fanOut, given } from './fan-out.ts'
import { idRangeOf } from './id-range.ts'
import { ownParameters, type QueryOptions } from './options.ts'
import { listSource } from './paging.ts'
import { checkNames, filterText, type QueryParameter, unknownName } from './parameters.ts'
import { sortParameters } from './sorting.ts'
import type { Source } from './source.ts'

/** A request of a query, checked and ready for any keys. */
export interface PreparedRequest {
  readonly template: string
  source(keys: Keys): Source
}

/** What a request is to bring. */
export interface Wanted {
  readonly options: QueryOptions
  /** The fields the transformation reads; undefined = any. */
  readonly fields: readonly string[] | undefined
  /** Requests at the same time; default: as the options say. */
  readonly readAhead?: number
}

const defaultPageSize = 250
const defaultReadAhead = 4
/** As many as a client keeps connections. */
const mostReadAhead = 16
/** With options or modifiers included the store gives ten products a page, whatever is asked (products_catalog.v3). */
const cappedPageSize = 10
const cappingParts = ['options', 'modifiers']

/** Checks the options against the parameters of a request. Throws OPTIONS_INVALID naming what is wrong. */
export function prepareRequest(object: ObjectFacts, route: Route, wanted: Wanted): PreparedRequest {
  const { operation } = route
  const { options } = wanted
  const name = fullName(object)
  const template = templateOf(route)
  const all = [
    ...filterParameters(name, options, operation),
    ...includeParameters(name, options, operation),
    ...sortParameters(name, options, operation),
    ...selection(object, template, operation, wanted),
  ]
  const { ids, parameters } = idRangeOf(object, operation, options, all)
  const isCapped = (options.include ?? []).some(part => cappingParts.includes(part))
  const most = isCapped ? cappedPageSize : (operation.maxLimit ?? defaultPageSize)
  const readAhead = readAheadOf(wanted, operation, mostReadAhead)
  const list = {
    paging: operation.paging ?? 'none',
    envelope: operation.envelope,
    isList: operation.form === 'list',
    pageSize: Math.min(options.pageSize ?? most, options.limit ?? most, most),
    isCapped,
    readAhead,
    readAheadAtFirst: readAheadOf(wanted, operation),
    endpoint: endpointOf(route),
    keyField: object.key ?? 'id',
    ...(isUnique(object) ? { uniqueField: object.key ?? 'id' } : {}),
    hasChosenOrder: options.sort !== undefined,
    ...(ids === undefined ? {} : { ids }),
  } as const
  return {
    template,
    source(keys) {
      const path = fillPath(template, keys)
      const chunks = chunksOf(path, parameters, operation.record)
      const sources = chunks.map(chunk => listSource({ ...list, path, parameters: encoded(chunk) }))
      const [only] = sources
      return only !== undefined && sources.length === 1 ? only : oneAfterTheOther(sources, list.readAheadAtFirst)
    },
  }
}

/** Requests at the same time, as wanted and as far as the store allows it for this one. */
export function readAheadOf(
  { options, readAhead }: Wanted,
  { maxConcurrent }: Operation,
  fallback = defaultReadAhead,
): number {
  return Math.min(readAhead ?? options.readAhead ?? fallback, maxConcurrent ?? Number.POSITIVE_INFINITY)
}

/** A price list has several records of a variant, one for each currency. */
function isUnique({ key, ways }: ObjectFacts): boolean {
  return key !== undefined && !ways.some(({ path }) => path === '/v3/pricelists/{price_list_id}/records')
}

function oneAfterTheOther(sources: readonly Source[], ahead: number): Source {
  const branches = sources.map((source, key) => ({ source, key }))
  const numbers = branches.map(({ key }) => ({ key }))
  return fanOut({
    parents: given(numbers),
    branchOf: ({ key }) => branches[Number(key)] ?? { source: given([]), key: null },
    ahead,
  })
}

function filterParameters(
  name: string,
  { filters = {} }: QueryOptions,
  { parameters = {}, required = [] }: Operation,
): readonly QueryParameter[] {
  for (const needed of required)
    if (!Object.hasOwn(filters, needed))
      throw new ConnectorError('OPTIONS_INVALID', `${name} cannot be read without the filter ${needed}`)
  return Object.entries(filters).map(([filter, value]) => {
    const parameter = Object.hasOwn(parameters, filter) ? parameters[filter] : undefined
    if (parameter === undefined || ownParameters.includes(filter))
      throw unknownName(name, 'filter', filter, filterNamesOf({ parameters }))
    return { name: filter, text: filterText(name, filter, parameter, value) }
  })
}

/** Names of the filters a request takes. */
export function filterNamesOf({ parameters = {} }: Pick<Operation, 'parameters'>): readonly string[] {
  return Object.keys(parameters).filter(name => !ownParameters.includes(name))
}

function includeParameters(
  name: string,
  { include = [] }: QueryOptions,
  { parameters }: Operation,
): readonly QueryParameter[] {
  if (include.length === 0) return []
  checkNames(name, 'include', include, partsOf(parameters?.['include']))
  return [{ name: 'include', text: include.join(',') }]
}

function partsOf(parameter: NonNullable<Operation['parameters']>[string] | undefined): readonly string[] {
  return typeof parameter === 'object' ? parameter.values : []
}

/** Asks for no more fields than needed, where the store understands that and knows all of them. */
function selection(
  object: ObjectFacts,
  template: string,
  { parameters = {}, record }: Operation,
  { options: { fields, include = [], filters = {} }, fields: needed }: Wanted,
): readonly QueryParameter[] {
  const known = Object.keys(propertiesOf(record))
  const own = keysIn(template)
  if (fields !== undefined && known.length > 0)
    checkNames(fullName(object), 'field', fields, [...known, ...own, ...partsOf(parameters['include'])])
  const wanted = fields ?? needed
  if (wanted === undefined || parameters['include_fields'] === undefined) return []
  if (Object.hasOwn(filters, 'exclude_fields')) return []
  // The key and what is included come along by themselves, the keys of the path are added here.
  const alongside = [object.key, ...include, ...own.filter(key => !known.includes(key))]
  const selected = wanted.filter(field => !alongside.includes(field))
  const choice = choiceOf(parameters['include_fields'])
  // A field nobody knows may still exist: then better ask for all.
  if (!selected.every(field => (choice ?? known).includes(field))) return []
  const text = selected.length === 0 ? leastOf(object, choice) : selected.join(',')
  return text === undefined ? [] : [{ name: 'include_fields', text }]
}

function choiceOf(parameter: Parameter | undefined): readonly string[] | undefined {
  return typeof parameter === 'object' ? parameter.values : undefined
}

/** What to ask for when the key is enough. It comes always, so some documents do not let it be asked for. */
function leastOf({ key }: ObjectFacts, choice: readonly string[] | undefined): string | undefined {
  if (choice === undefined || (key !== undefined && choice.includes(key))) return key
  return [...choice].sort((a, b) => a.length - b.length)[0]
}
