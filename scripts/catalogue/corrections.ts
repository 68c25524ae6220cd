import type { FactSchema } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { answerTypes, requiredFields } from './overlay.ts'

/** A record as it is sent, with the fields that the service asks for besides those of the document. */
export function correctedBody(record: FactSchema, key: string): FactSchema {
  const more = requiredFields[key]
  if (more === undefined) return record
  const { required = [] } = record as { readonly required?: readonly string[] } // a schema
  return { ...record, required: [...new Set([...required, ...more])] }
}

/** A record as it comes back, with the types that the service gives where the document says another. */
export function correctedRecord(record: FactSchema, key: string): FactSchema {
  const types = answerTypes[key]
  if (types === undefined) return record
  const properties = { ...(record['properties'] as FactSchema | undefined) }
  for (const [field, type] of Object.entries(types)) properties[field] = { type }
  return { ...record, properties }
}
