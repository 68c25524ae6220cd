import type { JsonSchema } from '../sdk/connector.ts'
import type { FactSchema, ObjectFacts } from './catalogue/facts.ts'
import { catalogue, type Route, refOf, resolveSchema, routesOf } from './catalogue/objects.ts'
import { keysIn, templateOf } from './paths.ts'

/** The fields of a record by its schema; those of all its forms where it has several. */
export function propertiesOf(schema: FactSchema | undefined): { readonly [field: string]: FactSchema } {
  const plain = resolveSchema(schema ?? {})
  const forms = listOf(plain['anyOf']).map(propertiesOf)
  return Object.assign({}, ...forms, plain['properties'])
}

/**
 * What a record of the object looks like when it is read: every field may be missing or null, there may be more, and
 * values of the documents are examples. Measured against recorded answers, a third does not fit the documents as they
 * stand.
 */
export function responseSchemaOf(object: ObjectFacts): JsonSchema {
  const routes = routesOf(object, 'Query')
  const records = routes.flatMap(({ operation: { record } }) => (record === undefined ? [] : [record]))
  const keys = routes.filter(({ operation }) => operation.at === undefined).flatMap(keyFields)
  const schema = lenient(resolveSchema(records[0] ?? {}))
  const fields = (schema['properties'] ?? {}) as { readonly [field: string]: FactSchema } // of the catalogue
  return selfContained(
    {
      ...schema,
      type: 'object',
      title: object.label,
      properties: { ...Object.fromEntries(keys), ...fields },
      additionalProperties: true,
    },
    lenient,
  )
}

function keyFields(route: Route): readonly [string, FactSchema][] {
  return keysIn(templateOf(route)).map(keyField)
}

function keyField(name: string): [string, FactSchema] {
  return [name, { type: ['integer', 'string'] }]
}

/** Adds the definitions that the schema leads to, and no others. */
function selfContained(schema: FactSchema, adapt: (schema: FactSchema) => FactSchema): JsonSchema {
  const definitions = new Map<string, FactSchema>()
  const add = (from: FactSchema) => {
    for (const name of refsIn(from)) {
      if (definitions.has(name)) continue
      const definition = adapt(catalogue.$defs[name] ?? {})
      definitions.set(name, definition)
      add(definition)
    }
  }
  add(schema)
  return definitions.size === 0 ? schema : { ...schema, $defs: Object.fromEntries(definitions) }
}

function refsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn)
  if (typeof value !== 'object' || value === null) return []
  const name = refOf(value as FactSchema) // an object of a schema
  return [...(name === undefined ? [] : [name]), ...Object.values(value).flatMap(refsIn)]
}

/** Keywords that say what a field is, not what it must be. */
const descriptive = ['readOnly', 'maxLength']

function lenient(schema: FactSchema): FactSchema {
  const { type, enum: values, properties, items, anyOf, $ref } = schema
  if ($ref !== undefined) return { anyOf: [{ $ref }, { type: 'null' }] }
  return {
    ...Object.fromEntries(
      descriptive.filter(name => name === 'readOnly' && name in schema).map(name => [name, schema[name]]),
    ),
    ...(type === undefined ? {} : { type: [...new Set([type, 'null'].flat())] }),
    ...(values === undefined ? {} : { examples: values }),
    ...(properties === undefined ? {} : { properties: mapped(properties, lenient) }),
    ...(items === undefined ? {} : { items: lenient(items as FactSchema) }),
    ...(anyOf === undefined ? {} : { anyOf: [...listOf(anyOf).map(lenient), { type: 'null' }] }),
  }
}

function mapped(properties: unknown, adapt: (schema: FactSchema) => FactSchema): FactSchema {
  const entries = Object.entries(properties as { readonly [name: string]: FactSchema }) // of the catalogue
  return Object.fromEntries(entries.map(([name, schema]) => [name, adapt(schema)]))
}

function listOf(value: unknown): readonly FactSchema[] {
  return Array.isArray(value) ? (value as readonly FactSchema[]) : [] // of the catalogue
}
