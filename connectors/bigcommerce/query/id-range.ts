import type { ObjectFacts, Operation } from '../catalogue/facts.ts'
import type { QueryOptions } from './options.ts'
import type { QueryParameter } from './parameters.ts'

/** How a list in the order of its ids is cut into ranges of them. */
export interface IdRange {
  readonly key: string
  /** Names of the parameters that bound the id, both inclusive. */
  readonly min: string
  readonly max: string
  /** Bounds that the options give. */
  readonly from?: number
  readonly to?: number
  /** Parameters with which the highest id comes first; absent: the list has no descending order. */
  readonly descending?: readonly QueryParameter[]
  /**
   * Below a given id the list can lose records but gain none, for new ids are higher and nothing else decides. Then two
   * answers that tell the same total were made from the same list.
   */
  readonly onlyShrinks: boolean
}

/** The id range of a list, and its parameters without the bounds; none when it does not come in the order of its ids. */
export function idRangeOf(
  { key = 'id' }: ObjectFacts,
  { parameters: known = {}, paging }: Operation,
  options: QueryOptions,
  parameters: readonly QueryParameter[],
): { readonly ids?: IdRange; readonly parameters: readonly QueryParameter[] } {
  const names = [
    { min: `${key}:min`, max: `${key}:max` },
    { min: `min_${key}`, max: `max_${key}` },
  ].find(({ min, max }) => known[min] !== undefined && known[max] !== undefined)
  const chosen = Object.keys(options.filters ?? {})
  const isByIds = chosen.includes(key) || chosen.includes(`${key}:in`)
  if (names === undefined || paging !== 'page' || isByIds || !isAscending(key, parameters)) return { parameters }
  const from = boundIn(parameters, names.min)
  const to = boundIn(parameters, names.max)
  const rest = parameters.filter(({ name }) => name !== names.min && name !== names.max)
  const descending = descendingOf(key, rest)
  const ids: IdRange = {
    key,
    ...names,
    onlyShrinks: onlyShrinks(key, options),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(descending === undefined ? {} : { descending }),
  }
  return { ids, parameters: rest }
}

function isAscending(key: string, parameters: readonly QueryParameter[]): boolean {
  const sort = textOf(parameters, 'sort')
  return (sort === key && (textOf(parameters, 'direction') ?? 'asc') === 'asc') || sort === `${key}:asc`
}

function descendingOf(key: string, parameters: readonly QueryParameter[]): readonly QueryParameter[] | undefined {
  if (textOf(parameters, 'direction') !== undefined)
    return parameters.map(each => (each.name === 'direction' ? { ...each, text: 'desc' } : each))
  if (textOf(parameters, 'sort') !== `${key}:asc`) return undefined
  return parameters.map(each => (each.name === 'sort' ? { ...each, text: `${key}:desc` } : each))
}

function boundIn(parameters: readonly QueryParameter[], name: string): number | undefined {
  const text = textOf(parameters, name)
  return text === undefined ? undefined : Number(text)
}

function textOf(parameters: readonly QueryParameter[], name: string): string | undefined {
  return parameters.find(each => each.name === name)?.text
}

/** Times of creation never change, and a time of change never comes to lie before a bound that has passed. */
function onlyShrinks(key: string, { filters = {} }: QueryOptions): boolean {
  return Object.entries(filters).every(([name, value]) => {
    if ([`${key}:min`, `${key}:max`, `${key}:greater`, `${key}:less`, `${key}:not_in`].includes(name)) return true
    if (name === `min_${key}` || name === `max_${key}` || name.includes('date_created')) return true
    if (name === 'exclude_fields') return true
    if (name === 'date_modified:max' || name === 'max_date_modified') return Date.parse(String(value)) < Date.now()
    const until = filters['date_modified:max'] ?? filters['max_date_modified']
    return (name === 'date_modified:min' || name === 'min_date_modified') && until !== undefined
  })
}
