import type { JsonSchema } from '../sdk/connector.ts'
import type { CatalogueObject } from './catalogue.ts'

/** What a record of the object looks like: every field may be missing or null, and there may be more. */
export function responseSchemaOf({ label, fields }: CatalogueObject): JsonSchema {
  const properties = Object.entries(fields).map(([name, type]) => [name, { type: [type, 'null'] }])
  return { type: 'object', title: label, properties: Object.fromEntries(properties), additionalProperties: true }
}
