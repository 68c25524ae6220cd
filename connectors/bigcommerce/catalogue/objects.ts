import type { ObjectDescription } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import { nearestName } from '../nearest.ts'
import { type ActivityName, activitiesOf, activityNames } from './activities.ts'
import facts from './catalogue.json' with { type: 'json' }
import type { CatalogueFacts, FactSchema, ObjectFacts, Operation, Way } from './facts.ts'

/** Everything the connector knows of BigCommerce's objects. */
export const catalogue = facts as unknown as CatalogueFacts // written by scripts/catalogue, by these very types

/** A request, with the way it belongs to. */
export interface Route {
  readonly way: Way
  readonly operation: Operation
}

/** The object of that name, or the sub-object below it. Throws OBJECT_UNKNOWN naming the nearest. */
export function findObject(object: string, subObject?: string): ObjectFacts {
  const found = catalogue.objects.find(({ name, parent }) =>
    subObject === undefined ? name === object && parent === undefined : name === subObject && parent === object,
  )
  if (found !== undefined) return found
  const tops = catalogue.objects.filter(({ parent }) => parent === undefined).map(({ name }) => name)
  if (subObject === undefined || !tops.includes(object)) throw unknown('object', object, tops)
  throw unknown(`sub-object of ${object}`, subObject, subObjectsOf(object))
}

function unknown(what: string, name: string, known: readonly string[]): ConnectorError {
  const offered = known.length === 0 ? '; there is none' : known.length <= 30 ? `; there are ${known.join(', ')}` : ''
  return new ConnectorError(
    'OBJECT_UNKNOWN',
    `there is no ${what} ${JSON.stringify(name)}${nearestName(name, known)}${offered}`,
  )
}

/** Names of the sub-objects of an object. */
function subObjectsOf(object: string): readonly string[] {
  return catalogue.objects.filter(({ parent }) => parent === object).map(({ name }) => name)
}

/** `products`, or `products/images`: how messages name an object. */
export function fullName({ name, parent }: ObjectFacts): string {
  return parent === undefined ? name : `${parent}/${name}`
}

/** Follows references of a schema to the schema itself. */
export function resolveSchema(schema: FactSchema): FactSchema {
  const name = refOf(schema)
  return name === undefined ? schema : resolveSchema(catalogue.$defs[name] ?? {})
}

/** The name of the shared schema that a reference leads to; undefined for any other schema. */
export function refOf({ $ref }: FactSchema): string | undefined {
  return typeof $ref === 'string' ? $ref.slice('#/$defs/'.length) : undefined
}

/** The requests that serve an activity, those below a parent first. An upsert creates where nothing else does. */
export function routesOf({ ways }: ObjectFacts, activity: ActivityName): readonly Route[] {
  return ways.flatMap(way =>
    way.operations
      .filter(operation => activitiesOf(operation, way).includes(activity))
      .map(operation => ({ way, operation })),
  )
}

/** Objects and sub-objects whose name or label holds the filter. */
export function describeObjects(filter = ''): readonly ObjectDescription[] {
  const wanted = filter.toLowerCase()
  return catalogue.objects
    .filter(object => fullName(object).includes(wanted) || object.label.toLowerCase().includes(wanted))
    .map(object => ({
      name: object.name,
      label: object.label,
      ...(object.parent === undefined ? {} : { parent: object.parent }),
      activities: activityNames.filter(activity => routesOf(object, activity).length > 0),
      ...(object.deprecated === undefined ? {} : { deprecated: true }),
    }))
}
