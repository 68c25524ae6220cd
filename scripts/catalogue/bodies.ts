import type { FactSchema } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { DocumentedOperation } from './documents.ts'
import { branchesOf, hasType, itemsOf, jsonSchemaOf, mediaTypesOf } from './json-content.ts'
import { bodiesOfDeletes, holders } from './overlay.ts'

/** What a request has in its body. */
export interface Body {
  readonly record?: FactSchema
  readonly holder?: string
  readonly shape: 'none' | 'one' | 'array' | 'either' | 'multipart'
}

/** Takes the body of a request apart: one record, several, or an object that holds them. */
export function bodyOf({ operation, document, method }: DocumentedOperation, key: string): Body {
  const schema = jsonSchemaOf(document, operation['requestBody'], 'request')
  const known = bodiesOfDeletes[key]
  if (known !== undefined) return { record: known as FactSchema, shape: 'array' }
  if (schema === undefined) {
    const isForm = mediaTypesOf(document, operation['requestBody']).includes('multipart/form-data')
    return { shape: isForm ? 'multipart' : 'none' }
  }
  // What a DELETE has in its body is no record.
  if (method === 'DELETE') return { record: schema, shape: 'one' }
  const holder = holders[key]
  if (holder !== undefined) {
    const held = (schema['properties'] as FactSchema)[holder] as FactSchema
    return { record: itemsOf(held) ?? {}, holder, shape: 'array' }
  }
  const items = itemsOf(schema)
  if (items === undefined) return { record: schema, shape: 'one' }
  const single = branchesOf(schema)
    .slice(1)
    .find(branch => !hasType(branch, 'array'))
  return { record: items, shape: single === undefined ? 'array' : 'either' }
}
