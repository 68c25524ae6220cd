import type { FactSchema } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { type Document, follow } from './documents.ts'
import { isObject, type Json, objectAt } from './json.ts'
import { plainSchema, type SchemaUse } from './schemas.ts'

/** The schema of what a request or an answer holds as JSON; undefined when it holds none. */
export function jsonSchemaOf(document: Document, holder: Json | undefined, use: SchemaUse): FactSchema | undefined {
  if (!isObject(holder)) return undefined
  const content = objectAt(follow(document, holder), 'content')
  const type = Object.keys(content).find(name => /^application\/([a-z.+-]+\+)?json/.test(name))
  if (type === undefined) return undefined
  const schema = objectAt(content, type)['schema']
  return schema === undefined ? undefined : plainSchema(document, schema, use)
}

/** Media types of a body. Names of examples stand where media types should; they have no slash. */
export function mediaTypesOf(document: Document, holder: Json | undefined): readonly string[] {
  if (!isObject(holder)) return []
  return Object.keys(objectAt(follow(document, holder), 'content')).filter(name => name.includes('/'))
}

/** The items of a schema that is a list, or may be one. */
export function itemsOf(schema: FactSchema): FactSchema | undefined {
  const list = branchesOf(schema).find(branch => hasType(branch, 'array'))
  return list === undefined ? undefined : ((list['items'] as FactSchema | undefined) ?? {})
}

/** A schema and the alternatives it has. */
export function branchesOf(schema: FactSchema): readonly FactSchema[] {
  return [schema, ...((schema['anyOf'] as readonly FactSchema[] | undefined) ?? [])] // made by schemas.ts
}

/** Whether a value of the schema may be of the type. */
export function hasType(schema: FactSchema, type: string): boolean {
  const given = schema['type']
  return given === type || (Array.isArray(given) && given.includes(type))
}
