import { ConnectorError } from '../../sdk/errors.ts'
import type { Operation } from '../catalogue/facts.ts'
import { propertiesOf } from '../schemas.ts'
import type { QueryOptions } from './options.ts'
import { checkNames, type QueryParameter } from './parameters.ts'

/**
 * How a list is told its order: by two parameters; by one that also holds the direction, `date_created:asc`; without
 * any choice of direction; by the direction alone.
 */
type Form = 'two' | 'joined' | 'sort' | 'direction' | 'none'

/** Fields by which records keep their places while others are added, best first. */
const stableFields = ['id', 'date_created']

/** The fields a list can be sorted by; undefined = it says none, so any of its records' may do. */
export function sortFieldsOf({ parameters, record }: Operation): readonly string[] {
  const sort = parameters?.['sort']
  if (sort === undefined) return []
  // GET /v2/orders lists bare names, but takes `date_created:desc` as well (orders.v2.oas2, read April 2026).
  if (typeof sort === 'string') return Object.keys(propertiesOf(record))
  return [...new Set(sort.values.map(value => value.replace(/:(asc|desc)$/, '')))]
}

/** The parameters of an order. Throws OPTIONS_INVALID. */
export function sortParameters(
  name: string,
  { sort, direction }: QueryOptions,
  operation: Operation,
): readonly QueryParameter[] {
  const form = formOf(operation)
  const fields = sortFieldsOf(operation)
  const [, given = sort, way = direction] = /^(.+):(asc|desc)$/.exec(sort ?? '') ?? []
  if (given !== undefined) checkNames(name, 'sort', [given], fields)
  if (direction !== undefined && (form === 'none' || form === 'sort'))
    throw new ConnectorError('OPTIONS_INVALID', `${name} knows no direction`)
  if (form === 'direction') return way === undefined ? [] : [{ name: 'direction', text: way }]
  // Cursors go by the id; another order beside them would be a guess.
  if (given === undefined && way === undefined && operation.paging === 'page+cursor') return []
  const field = given ?? stableFields.find(each => fields.includes(each))
  if (field === undefined) {
    if (way !== undefined) throw new ConnectorError('OPTIONS_INVALID', `direction: ${name} needs a sort for it`)
    return []
  }
  if (form === 'joined') return [{ name: 'sort', text: `${field}:${way ?? 'asc'}` }]
  if (form === 'sort') return [{ name: 'sort', text: field }]
  return [
    { name: 'sort', text: field },
    { name: 'direction', text: way ?? 'asc' },
  ]
}

function formOf({ parameters = {} }: Operation): Form {
  const { sort, direction } = parameters
  if (sort === undefined) return direction === undefined ? 'none' : 'direction'
  if (direction !== undefined) return 'two'
  return typeof sort === 'string' || sort.values.some(value => value.includes(':')) ? 'joined' : 'sort'
}
