import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { findObject, fullName, type Route, routesOf } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'
import { recordsByKey } from './by-key.ts'
import type { QueryOptions } from './options.ts'
import { checkNames } from './parameters.ts'
import type { Wanted } from './request.ts'
import type { Found } from './source.ts'
import { recordsOfLists } from './sub-objects.ts'

/** A query that can be sent: everything checked and filled in. */
export interface QueryPlan extends Found {
  readonly object: ObjectFacts
  /** The most records to yield; may be infinite. */
  readonly limit: number
}

/**
 * Plans a query. `neededFields` are the fields the transformation reads; undefined = it may read any.
 * Throws OBJECT_UNKNOWN or OPTIONS_INVALID naming what is wrong and the nearest right name; sends nothing.
 */
export function planQuery(options: unknown, neededFields: readonly string[] | undefined): QueryPlan {
  const checked = options as QueryOptions // the host has checked them against their schema
  const object = findObject(checked.object, checked.subObject)
  const wanted: Wanted = { options: checked, fields: neededFields }
  return { object, ...findRecords(object, wanted), limit: checked.limit ?? Number.POSITIVE_INFINITY }
}

function findRecords(object: ObjectFacts, wanted: Wanted): Found {
  const routes = routesOf(object, 'Query')
  if (routes.length === 0) throw new ConnectorError('OBJECT_UNKNOWN', `${fullName(object)} can be written, not read`)
  const keys = Object.keys(wanted.options.keys ?? {})
  checkNames(fullName(object), 'key', keys, keysOf(object))
  const items = routes.filter(({ operation }) => operation.at !== undefined)
  const lists = routes.filter(({ operation }) => operation.at === undefined)
  const isByKey = wanted.options.id !== undefined || items.some(route => ownKeys(route).some(key => keys.includes(key)))
  return isByKey || lists.length === 0
    ? recordsByKey(object, { items, lists }, wanted)
    : recordsOfLists(object, lists, wanted)
}

function keysOf({ ways }: ObjectFacts): readonly string[] {
  const paths = ways.flatMap(({ path, itemPath, item2Path }) => [path ?? '', itemPath ?? '', item2Path ?? ''])
  return [...new Set(paths.flatMap(keysIn))]
}

/** The keys of a record's own path that its collection's does not have. */
function ownKeys(route: Route): readonly string[] {
  const above = keysIn(route.way.path ?? '')
  return keysIn(templateOf(route)).slice(above.length)
}
