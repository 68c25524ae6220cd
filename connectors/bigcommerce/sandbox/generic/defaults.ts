import type { FactSchema } from '../../catalogue/facts.ts'
import type { Json, Row } from '../data/collection.ts'
import type { ReadSchema, Shape } from './schema.ts'

/** A record with a default for each field of its schema that was left out: a POST answers the whole record. */
export function complete(read: ReadSchema, schema: FactSchema, given: Row): Row {
  const { properties } = read(schema)
  const made: { [field: string]: Json } = {}
  for (const [name, property] of Object.entries(properties)) {
    const shape = read(property)
    const value = given[name]
    if (value === undefined) made[name] = defaultOf(shape)
    else if (shape.type === 'object' && isRow(value) && Object.keys(shape.properties).length > 0)
      made[name] = { ...value, ...complete(read, property, value) }
    else made[name] = value
  }
  return { ...given, ...made }
}

function defaultOf(shape: Shape): Json {
  if (shape.isNullable) return null
  switch (shape.type) {
    case 'object':
      return {}
    case 'array':
      return []
    case 'boolean':
      return false
    case 'integer':
    case 'number':
      return 0
    case 'string':
      return (shape.values[0] as Json | undefined) ?? '' // an enumeration is JSON
    case 'any':
      return null
  }
}

/** Whether a value is an object with fields. */
export function isRow(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
