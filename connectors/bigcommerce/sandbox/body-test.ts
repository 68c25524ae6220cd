import type { FactSchema } from '../catalogue/facts.ts'
import { catalogue } from './generic/ledger.ts'

/** How a test wants the bodies it makes. */
export interface BodyWish {
  /** Makes texts differ from those of other bodies. */
  readonly mark: string
  /** Only what the schema requires. */
  readonly isSmall?: boolean
}

/** A body that the schema of a request takes, made without the sandbox's own reading of schemas. */
export function bodyOf(schema: FactSchema, wish: BodyWish, name = '', depth = 0): unknown {
  const whole = resolved(schema)
  const [choice] = (whole['anyOf'] ?? []) as readonly FactSchema[]
  if (choice !== undefined) return bodyOf(choice, wish, name, depth)
  const values = whole['enum'] as readonly unknown[] | undefined
  if (values !== undefined) return values[0]
  switch ([whole['type']].flat()[0]) {
    case 'object':
      return objectOf(whole, wish, depth)
    case 'array':
      return depth > 4 || whole['items'] === undefined
        ? []
        : [bodyOf(whole['items'] as FactSchema, wish, name, depth + 1)]
    case 'integer':
    case 'number':
      return Math.max(1, Number(whole['minimum'] ?? 1))
    case 'boolean':
      return true
    case 'string':
      return textOf(whole, wish, name)
    default:
      return {}
  }
}

function objectOf(schema: FactSchema, wish: BodyWish, depth: number): unknown {
  const required = (schema['required'] ?? []) as readonly string[]
  const properties = Object.entries((schema['properties'] ?? {}) as { readonly [name: string]: FactSchema })
  const wanted = properties.filter(([name, property]) => {
    if (resolved(property)['readOnly'] === true) return false
    return required.includes(name) || (wish.isSmall !== true && depth < 3)
  })
  return Object.fromEntries(wanted.map(([name, property]) => [name, bodyOf(property, wish, name, depth + 1)]))
}

function textOf(schema: FactSchema, { mark }: BodyWish, name: string): string {
  if (schema['format'] === 'uuid') return `5a1f0c58-5c1d-4d3a-9c2e-${mark.padStart(12, '0')}`
  if (schema['format'] === 'date') return '2024-05-06'
  if (schema['format'] === 'date-time' || name.startsWith('date')) return '2024-05-06T07:08:09Z'
  if (name.includes('email')) return `mark${mark}@example.com`
  if (name === 'currency') return 'usd'
  const least = Number(schema['minLength'] ?? 0)
  return `${name}-${mark}`.padEnd(least, 'x').slice(0, Number(schema['maxLength'] ?? 200))
}

function resolved(schema: FactSchema): FactSchema {
  const ref = schema['$ref']
  return typeof ref === 'string' ? resolved(catalogue.$defs[ref.replace('#/$defs/', '')] ?? {}) : schema
}
