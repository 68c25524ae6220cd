import type { JsonSchema } from '../../sdk/connector.ts'
import type { FactSchema } from '../catalogue/facts.ts'
import type { Place } from './places.ts'

/** Adds to the schema of a field what is known of its place. */
export type Mark = (field: FactSchema, place: Place) => FactSchema

/** A schema with every field marked that is one of the places, also in definitions, filters and keys. */
export function markFields(schema: JsonSchema, places: readonly Place[], mark: Mark): JsonSchema {
  const definitions = (schema['$defs'] ?? {}) as Schemas // made of the catalogue's
  const walk = { places, mark, definitions }
  const marked = markBelow(schema, [], walk)
  const entries = Object.entries(definitions).map(([name, each]) => [name, markBelow(each, [], walk)])
  return entries.length === 0 ? marked : { ...marked, $defs: Object.fromEntries(entries) }
}

type Schemas = { readonly [name: string]: FactSchema }

interface Walk {
  readonly places: readonly Place[]
  readonly mark: Mark
  readonly definitions: Schemas
}

function markBelow(schema: FactSchema, path: readonly string[], walk: Walk): FactSchema {
  const { $ref, properties, items, anyOf } = schema
  // What a definition is used for is known only where it is used.
  if (typeof $ref === 'string') return isOnTheWay(path, walk.places) ? inlined($ref, path, walk) : schema
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: markProperties(properties as Schemas, path, walk) }),
    ...(items === undefined ? {} : { items: markBelow(items as FactSchema, path, walk) }),
    ...(Array.isArray(anyOf) ? { anyOf: (anyOf as FactSchema[]).map(each => markBelow(each, path, walk)) } : {}),
  }
}

/** Once, and without what it refers to in turn: a definition may lead back to itself. */
function inlined($ref: string, path: readonly string[], walk: Walk): FactSchema {
  const name = $ref.slice('#/$defs/'.length)
  const definition = walk.definitions[name]
  if (definition === undefined) return { $ref }
  const { [name]: _, ...definitions } = walk.definitions
  return markBelow(definition, path, { ...walk, definitions })
}

function isOnTheWay(path: readonly string[], places: readonly Place[]): boolean {
  return places.some(({ field }) => field.slice(1).some((_, index) => endsWith(path, field.slice(0, index + 1))))
}

function markProperties(properties: Schemas, path: readonly string[], walk: Walk): Schemas {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const whole = [...path, name.replace(/:.*$/, '')]
      const below = markBelow(schema, whole, walk)
      const place = walk.places.find(({ field }) => endsWith(whole, field))
      return [name, place === undefined ? below : markValue(below, place, walk.mark)]
    }),
  )
}

/** Marks the value, of a list each of its values; an object is none. */
function markValue(field: FactSchema, place: Place, mark: Mark): FactSchema {
  const { $ref, properties, items } = field
  if ($ref !== undefined || properties !== undefined) return field
  return items === undefined ? mark(field, place) : { ...field, items: markValue(items as FactSchema, place, mark) }
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  return end.every((name, index) => path[path.length - end.length + index] === name)
}
