import type { JsonValue } from '../../sdk/connector.ts'
import type { FactSchema } from '../catalogue/facts.ts'
import { alternativesOf, propertiesOf } from './request-schema.ts'

/** A key as a field of these bodies takes it. */
export function asTyped(value: JsonValue, field: string, bodies: readonly FactSchema[]): JsonValue {
  const schemas = bodies.flatMap(each => alternativesOf(propertiesOf(each)[field] ?? {}))
  return typed(
    value,
    schemas.flatMap(({ type }) => type),
  )
}

/** Keys are numbers in one document and texts in another, and out of files they come as texts. */
export function typed(value: JsonValue, types: readonly unknown[]): JsonValue {
  const isNumeric = types.includes('integer') || types.includes('number')
  if (typeof value === 'number' && types.includes('string') && !isNumeric) return String(value)
  if (typeof value === 'string' && isNumeric && !types.includes('string') && /^\d{1,15}$/.test(value))
    return Number(value)
  return value
}
