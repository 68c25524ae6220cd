import type { FactSchema } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { type Document, target } from './documents.ts'
import { isObject, type Json, type JsonObject, listIn } from './json.ts'

/** What a schema is for: what is sent is checked strictly, what comes back is only described. */
export type SchemaUse = 'request' | 'response'

interface Context {
  readonly document: Document
  readonly use: SchemaUse
  /** References on the way here: a schema that holds itself is cut off. */
  readonly trail: readonly string[]
}

/** A schema without prose, references and OpenAPI's own keywords: JSON Schema with `readOnly` as the only extra. */
export function plainSchema(document: Document, schema: Json | undefined, use: SchemaUse): FactSchema {
  return plain(schema, { document, use, trail: [] })
}

function plain(schema: Json | undefined, context: Context): FactSchema {
  if (!isObject(schema)) return {}
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    if (context.trail.includes(reference)) return { type: 'object' }
    return plain(target(context.document, reference), { ...context, trail: [...context.trail, reference] })
  }
  const { allOf, ...rest } = schema
  const parts = [...listIn(allOf).map(part => plain(part, context)), plainNode(rest, context)]
  return parts.reduce((merged, part) => mergeBoth(merged, part, context))
}

/** Keywords that say something of the data, by what they are for. */
const bounds = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const
const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
const formats = new Set(['date-time', 'date', 'uuid'])
const ignored = new Set(
  'title description example examples default format xml externalDocs deprecated discriminator pattern uniqueItems multipleOf additionalProperties writeOnly minProperties maxProperties exclusiveMinimum exclusiveMaximum nullable contentEncoding contentMediaType not const'.split(
    ' ',
  ),
)
const understood = new Set<string>([
  ...bounds,
  'type',
  'enum',
  'items',
  'properties',
  'required',
  'oneOf',
  'anyOf',
  'readOnly',
])

function plainNode(node: JsonObject, context: Context): FactSchema {
  const unknown = Object.keys(node).find(key => !understood.has(key) && !ignored.has(key) && !key.startsWith('x-'))
  if (unknown !== undefined) throw new Error(`${context.document.name}: schema keyword ${unknown} is not understood`)
  const type = typeOf(node, context)
  const made: { [keyword: string]: unknown } = {}
  if (type !== undefined) made['type'] = type
  if (typeof node['format'] === 'string' && formats.has(node['format'])) made['format'] = node['format']
  const values = enumOf(node, type)
  if (values !== undefined) made['enum'] = values
  if (node['readOnly'] === true) made['readOnly'] = true
  if (context.use === 'request') Object.assign(made, boundsOf(node))
  if (isObject(node['properties'])) made['properties'] = propertiesOf(node['properties'], context)
  const required = requiredOf(node)
  if (context.use === 'request' && required.length > 0) made['required'] = required
  if (node['items'] !== undefined) made['items'] = plain(node['items'], context)
  const branches = [...listIn(node['oneOf']), ...listIn(node['anyOf'])].map(each => plain(each, context))
  return branches.length === 0 ? made : mergeBoth(made, unionOf(branches, context), context)
}

function typeOf(node: JsonObject, { document }: Context): string | readonly string[] | undefined {
  const given = Array.isArray(node['type']) ? node['type'] : node['type'] === undefined ? [] : [node['type']]
  const found = given.map(String)
  const unknown = found.find(type => !types.has(type))
  if (unknown !== undefined) throw new Error(`${document.name}: type ${unknown} is not understood`)
  if (found.length === 0 && isObject(node['properties'])) found.push('object')
  if (found.length === 0 && node['items'] !== undefined) found.push('array')
  const isNullable = node['nullable'] === true || node['x-nullable'] === true
  if (isNullable && found.length > 0 && !found.includes('null')) found.push('null')
  return found.length > 1 ? found : found[0]
}

function enumOf(node: JsonObject, type: string | readonly string[] | undefined): readonly Json[] | undefined {
  const values = listIn(node['enum'])
  // The values of a list stand at the list in some documents.
  if (values.length === 0 || type === 'array' || type === 'object') return undefined
  return type?.includes('null') && !values.includes(null) ? [...values, null] : values
}

function boundsOf(node: JsonObject): FactSchema {
  const made: { [keyword: string]: number } = {}
  for (const bound of bounds) {
    const value = node[bound]
    if (typeof value === 'number') made[bound] = value
  }
  // OpenAPI 3.0 says with a boolean that a bound is excluded, JSON Schema has the bound itself there.
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const value = node[exclusive]
    if (typeof value === 'number') made[exclusive] = value
    if (value === true && made[bound] !== undefined) {
      made[exclusive] = made[bound]
      delete made[bound]
    }
  }
  return made
}

function propertiesOf(properties: JsonObject, context: Context): FactSchema {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, plain(schema, context)]))
}

/** Some documents require fields that they do not describe: typing errors. */
function requiredOf(node: JsonObject): readonly string[] {
  const properties = isObject(node['properties']) ? node['properties'] : undefined
  const names = listIn(node['required']).map(String)
  return properties === undefined ? names : names.filter(name => name in properties)
}

/** One schema for several: what comes back may have the fields of any, what is sent must fit one. */
function unionOf(branches: readonly FactSchema[], context: Context): FactSchema {
  const different = [...new Map(branches.map(each => [JSON.stringify(each), each])).values()]
  if (different.length === 1) return different[0] ?? {}
  // A branch that takes anything makes the union take anything.
  if (different.some(branch => Object.keys(branch).length === 0)) return {}
  if (context.use === 'response' && different.every(branch => branch['type'] === 'object')) {
    return different.reduce((merged, branch) => mergeBoth(merged, branch, context))
  }
  return { anyOf: different }
}

/** Both at once. Properties of the same name become both at once too; of two types the later is taken. */
function mergeBoth(first: FactSchema, second: FactSchema, context: Context): FactSchema {
  if (Object.keys(first).length === 0) return second
  const made: { [keyword: string]: unknown } = { ...first, ...second }
  const [here, there] = [first['properties'], second['properties']] as (FactSchema | undefined)[]
  if (here !== undefined && there !== undefined) {
    const properties: { [name: string]: unknown } = { ...here }
    for (const [name, schema] of Object.entries(there)) {
      const known = properties[name] as FactSchema | undefined
      properties[name] = known === undefined ? schema : mergeBoth(known, schema as FactSchema, context)
    }
    made['properties'] = properties
  }
  const required = [...new Set([...namesIn(first['required']), ...namesIn(second['required'])])]
  if (required.length > 0) made['required'] = required
  const unions = [first['anyOf'], second['anyOf']].filter(union => union !== undefined)
  if (unions.length === 2) made['anyOf'] = crossed(first['anyOf'], second['anyOf'], context)
  return made
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function crossed(first: unknown, second: unknown, context: Context): readonly FactSchema[] {
  const [here, there] = [first, second] as (readonly FactSchema[])[]
  return (here ?? []).flatMap(one => (there ?? []).map(other => mergeBoth(one, other, context)))
}
