import type { JsonSchema } from '../../sdk/connector.ts'
import type { FactSchema, ObjectFacts } from '../catalogue/facts.ts'
import { catalogue, type Route, resolveSchema } from '../catalogue/objects.ts'
import type { WriteActivityName } from './options.ts'

/** The schemas one of which a value has to fit; one of them only, mostly. */
export function alternativesOf(schema: FactSchema): readonly FactSchema[] {
  const resolved = resolveSchema(schema)
  const { anyOf } = resolved
  return Array.isArray(anyOf) ? (anyOf as readonly FactSchema[]).flatMap(alternativesOf) : [resolved]
}

/** Properties of an object's schema; empty for one that may hold anything. */
export function propertiesOf({ properties }: FactSchema): { readonly [name: string]: FactSchema } {
  return (properties ?? {}) as { readonly [name: string]: FactSchema }
}

/**
 * What a request takes of a record. In a list of changes the key is sent although the document calls it read-only:
 * nothing else tells which records are meant (PUT /v3/catalog/products, read April 2026).
 */
export function bodyOf({ key }: ObjectFacts, { operation: { method, at, body = {} } }: Route): FactSchema {
  if (key === undefined || method !== 'PUT' || at !== undefined) return body
  const alternatives = alternativesOf(body).map(each => withKey(each, key))
  const [only = {}] = alternatives
  return alternatives.length > 1 ? { anyOf: alternatives } : only
}

function withKey(schema: FactSchema, key: string): FactSchema {
  if (!requiredOf(schema).includes(key) || !isReadOnly(schema, key)) return schema
  const { readOnly: _, ...property } = resolveSchema(propertiesOf(schema)[key] ?? {})
  return { ...schema, properties: { ...propertiesOf(schema), [key]: property } }
}

/**
 * Whether a property may be sent. One that is read-only and yet required is what alternatives are told apart by; but the
 * ids of parts are the store's.
 */
export function isWritable(schema: FactSchema, name: string): boolean {
  if (propertiesOf(schema)[name] === undefined) return false
  return !isReadOnly(schema, name) || (requiredOf(schema).includes(name) && name !== 'id')
}

function isReadOnly(schema: FactSchema, name: string): boolean {
  const property = propertiesOf(schema)[name] ?? {}
  return property['readOnly'] === true || resolveSchema(property)['readOnly'] === true
}

/** What a request has to hold: `required` of what is read-only is for answers (OpenAPI 3.0.3, readOnly). */
function neededIn(schema: FactSchema): readonly string[] {
  // Some documents require fields that they do not have.
  return requiredOf(schema).filter(name => isWritable(schema, name) && !isReadOnly(schema, name))
}

function requiredOf({ required }: FactSchema): readonly string[] {
  return Array.isArray(required) ? (required as readonly string[]) : []
}

/** Whether a PUT leaves alone what a record does not name. Whole documents and upserts have to be complete. */
function isPartial({ operation, way }: Route, activity: WriteActivityName): boolean {
  if (activity !== 'Update' || operation.upsert === true) return false
  return way.kind === 'keyed' || operation.at !== undefined || operation.form !== 'one'
}

/**
 * The strict schema of one record as a request sends it, self-contained: what is not in it is not sent. On an update of
 * a part only the key is required. v2 takes numbers and numbers in texts alike (its answers hold `"109.0000"`).
 */
export function requestSchemaOf(object: ObjectFacts, route: Route, activity: WriteActivityName): JsonSchema {
  const $defs: { [name: string]: FactSchema } = {}
  const isLoose = (route.way.path ?? route.way.itemPath ?? '').startsWith('/v2/')
  const tighten = createTightener($defs, isLoose)
  const alternatives = alternativesOf(bodyOf(object, route)).map(each => {
    const tightened = tighten(each)
    if (!isPartial(route, activity)) return tightened
    const { required: _, ...rest } = tightened
    const required = neededIn(each).filter(name => name === object.key)
    return required.length === 0 ? rest : { ...rest, required }
  })
  const [first = {}] = alternatives
  const schema = alternatives.length > 1 ? { anyOf: alternatives.map(loosen) } : first
  return { ...schema, ...(Object.keys($defs).length === 0 ? {} : { $defs }) }
}

/** Alternatives overlap; which of them a field belongs to is for the store to say. */
function loosen({ additionalProperties: _, ...rest }: FactSchema): FactSchema {
  return rest
}

function createTightener($defs: { [name: string]: FactSchema }, isLoose: boolean): (schema: FactSchema) => FactSchema {
  const tighten = (schema: FactSchema): FactSchema => {
    const { $ref, readOnly: _, required: __, ...rest } = schema
    if (typeof $ref === 'string') {
      const name = $ref.slice('#/$defs/'.length)
      if ($defs[name] === undefined) {
        $defs[name] = {} // a schema may lead back to itself
        $defs[name] = tighten(catalogue.$defs[name] ?? {})
      }
      return { $ref }
    }
    const { anyOf, items } = rest
    // A list that may as well be a text, says the document of v2 form fields: what stands beside the forms is wrong.
    if (Array.isArray(anyOf)) return { anyOf: (anyOf as FactSchema[]).map(each => loosen(tighten(each))) }
    return {
      ...(isLoose ? looseScalar(rest) : rest),
      ...(items === undefined ? {} : { items: tighten(items as FactSchema) }),
      ...objectParts(schema, tighten),
    }
  }
  return tighten
}

function objectParts(schema: FactSchema, tighten: (schema: FactSchema) => FactSchema): FactSchema {
  const names = Object.keys(propertiesOf(schema))
  if (names.length === 0) return {}
  const writable = names.filter(name => isWritable(schema, name))
  const properties = writable.map(name => [name, tighten(propertiesOf(schema)[name] ?? {})])
  const required = neededIn(schema)
  return {
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  }
}

function looseScalar(schema: FactSchema): FactSchema {
  const { type, enum: values } = schema
  const types: readonly unknown[] = Array.isArray(type) ? type : [type]
  if (values !== undefined) return schema
  if (types.includes('string')) return { ...schema, type: [...new Set([...types, 'number'])] }
  if (types.includes('number') || types.includes('integer'))
    return { ...schema, type: [...types, 'string'], pattern: '^-?\\d+(\\.\\d+)?$' }
  return schema
}
