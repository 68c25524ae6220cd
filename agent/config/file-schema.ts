import type { TSchema } from '@sinclair/typebox'
import { configSchema } from './schema.ts'

/** A JSON Schema as plain JSON. */
export type PlainSchema = { readonly [keyword: string]: unknown }

/**
 * The JSON Schema of the file `agent.yaml`, for editors. Unlike the schema of a whole configuration it asks for no key,
 * takes a group with nothing in it, and names no default that differs from machine to machine.
 */
export function configFileSchema(): PlainSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...asInFile(configSchema) }
}

function asInFile(schema: TSchema): PlainSchema {
  const {
    required: _required,
    default: value,
    'x-path': _path,
    'x-default-text': differs,
    ...kept
  } = schema as PlainSchema // TypeBox schemas are JSON Schemas; their symbols are not needed
  const properties = kept['properties'] as { readonly [name: string]: TSchema } | undefined // JSON Schema's own shape
  if (properties === undefined) {
    return { ...kept, ...(value === undefined || differs !== undefined ? {} : { default: value }) }
  }
  const inner = Object.entries(properties).map(([name, each]) => [name, asInFile(each)])
  return { ...kept, type: ['object', 'null'], properties: Object.fromEntries(inner) }
}
