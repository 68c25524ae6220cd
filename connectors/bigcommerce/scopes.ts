import type { ConnectionUse } from '../sdk/connector.ts'
import { activityNames } from './catalogue/activities.ts'
import type { ObjectFacts, Way } from './catalogue/facts.ts'
import { catalogue, findObject, fullName, type Route, routesOf } from './catalogue/objects.ts'
import { keysIn, templateOf } from './paths.ts'
import { parentOf } from './query/sub-objects.ts'

/** A scope that a token must have. */
export interface NeededScope {
  /** `store_v2_products`, or its read-only form where nothing is changed. */
  readonly scope: string
  /** Whether something is changed with it, which no probe can try. */
  readonly changes: boolean
  /** What needs it: `Query products/images`. */
  readonly neededFor: readonly string[]
  /** A path to GET that is refused without the scope, or its modify form; undefined when there is none. */
  readonly probe: string | undefined
}

/**
 * The least scopes for what is done over a connection. A scope to change something permits reading too, so its
 * read-only form is not asked for besides. Records below others that are read for all of these need both. Objects and activities that do not exist need nothing.
 */
export function neededScopes(uses: readonly ConnectionUse[]): readonly NeededScope[] {
  const needs = uses.flatMap(needsOf)
  const modified = new Set(needs.filter(({ changes }) => changes).map(({ right }) => right))
  const byScope = new Map<string, Need[]>()
  for (const need of needs) {
    const scope = modified.has(need.right) ? need.right : need.scope
    byScope.set(scope, [...(byScope.get(scope) ?? []), need])
  }
  return [...byScope].sort(byName).map(([scope, same]) => ({
    scope,
    changes: same.some(({ changes }) => changes),
    neededFor: [...new Set(same.map(({ purpose }) => purpose))],
    probe: same.map(({ object }) => probeOf(object)).find(path => path !== undefined) ?? probeOfRight(same[0]?.right),
  }))
}

interface Need {
  /** `Query products/images`. */
  readonly purpose: string
  /** What is read or changed; of records read one by one, also what lies above them. */
  readonly object: ObjectFacts
  readonly changes: boolean
  readonly scope: string
  /** The modify form of the scope, which names the right in both its forms. */
  readonly right: string
}

function needsOf({ activity, object, subObject, keys = [] }: ConnectionUse): readonly Need[] {
  const name = activityNames.find(each => each === activity)
  const facts = object === undefined ? undefined : known(object, subObject)
  if (name === undefined || facts === undefined) return []
  const changes = name !== 'Query'
  const touched = changes
    ? routesOf(facts, name)
        .slice(0, 1)
        .map(({ way }) => ({ object: facts, way }))
    : readFor(facts, keys)
  return touched.flatMap(each => {
    const { modify, read } = scopesOf(each.way)
    const scope = changes ? modify[0] : (read[0] ?? modify[0])
    if (scope === undefined) return []
    return [{ purpose: `${name} ${fullName(facts)}`, object: each.object, changes, scope, right: modify[0] ?? scope }]
  })
}

interface Touched {
  readonly object: ObjectFacts
  readonly way: Way
}

/**
 * What a query reads with these keys given: the object, and the lists above it where their keys have to be read first.
 * The same choice as that of `query/sub-objects.ts`, but for filters, which are not known here.
 */
function readFor(object: ObjectFacts, keys: readonly string[]): readonly Touched[] {
  const routes = routesOf(object, 'Query')
  const lists = routes.filter(({ operation }) => operation.at === undefined)
  const below = lists.filter(isBelow)
  const complete = below.find(route => missingKeys(route, keys).length === 0)
  const found = complete ?? lists.find(route => !isBelow(route) && canBeHeldTo(keys, route))
  if (found !== undefined) return [{ object, way: found.way }]
  const [first] = below
  const [any] = routes
  if (first === undefined) return any === undefined ? [] : [{ object, way: any.way }]
  return [{ object, way: first.way }, ...readAbove(object, first, keys)]
}

function readAbove(object: ObjectFacts, route: Route, keys: readonly string[]): readonly Touched[] {
  if (missingKeys(route, keys).length === 0) return []
  const parent = parentOf(object, templateOf(route))
  if (parent === undefined) return []
  return [{ object: parent.object, way: parent.route.way }, ...readAbove(parent.object, parent.route, keys)]
}

function isBelow(route: Route): boolean {
  return keysIn(templateOf(route)).length > 0
}

function missingKeys(route: Route, keys: readonly string[]): readonly string[] {
  return keysIn(templateOf(route)).filter(name => !keys.includes(name))
}

function canBeHeldTo(keys: readonly string[], { operation: { parameters = {}, required } }: Route): boolean {
  return required === undefined && keys.every(key => parameters[`${key}:in`] !== undefined)
}

function known(object: string, subObject: string | undefined): ObjectFacts | undefined {
  try {
    return findObject(object, subObject)
  } catch {
    return undefined
  }
}

function scopesOf({ scopes, document }: Way): { readonly modify: readonly string[]; readonly read: readonly string[] } {
  return catalogue.scopes[scopes ?? document] ?? { modify: [], read: [] }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

/** A cheap GET of the object: a list of one record, or a singleton, without a key; else one record that is not there. */
function probeOf(object: ObjectFacts): string | undefined {
  const routes = routesOf(object, 'Query').filter(({ operation }) => operation.required === undefined)
  const plain = routes.find(({ way, operation }) => operation.at === undefined && way.path?.includes('{') === false)
  if (plain !== undefined) return `${plain.way.path}${limitOf(plain)}`
  // The service looks at scopes before it looks for the record (observed), so a key of nothing does.
  const [keyed] = routes
  const path = keyed?.operation.at === 'item' ? keyed.way.itemPath : keyed?.way.path
  return keyed?.operation.at === 'item2' ? undefined : path?.replaceAll(/\{[^}]+\}/g, '0')
}

function limitOf({ operation }: Route): string {
  const { form, paging } = operation
  return form === 'list' && paging !== 'none' && paging !== 'pages' ? '?limit=1' : ''
}

/** A cheap GET of any object that asks for the same right, for objects that are only written. */
function probeOfRight(right: string | undefined): string | undefined {
  const probes = catalogue.objects
    .filter(({ parent, ways }) => parent === undefined && ways.some(way => scopesOf(way).modify[0] === right))
    .flatMap(object => probeOf(object) ?? [])
  return probes.find(path => !path.includes('/0'))
}
