import type { CatalogueFacts, FactSchema } from '../../catalogue/facts.ts'

/** What the sandbox has to know of a schema, `$ref` followed. Of alternatives the first stands for all. */
export interface Shape {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'any'
  readonly isNullable: boolean
  readonly isReadOnly: boolean
  readonly format: string | undefined
  readonly values: readonly unknown[]
  readonly minLength: number
  readonly maxLength: number
  readonly minimum: number
  readonly properties: { readonly [name: string]: FactSchema }
  readonly required: readonly string[]
  readonly items: FactSchema | undefined
  /** What may stand here instead, itself included; empty when there is no choice. */
  readonly alternatives: readonly FactSchema[]
}

/** Looks into schemas of the catalogue. */
export type ReadSchema = (schema: FactSchema) => Shape

/** A reader for the schemas of that catalogue. It remembers what it has read. */
export function createSchemaReader($defs: CatalogueFacts['$defs']): ReadSchema {
  const known = new WeakMap<FactSchema, Shape>()
  const resolve = (schema: FactSchema): FactSchema => {
    const target = typeof schema['$ref'] === 'string' ? $defs[schema['$ref'].replace('#/$defs/', '')] : undefined
    return target === undefined ? schema : resolve(target)
  }
  return schema => {
    const found = known.get(schema)
    if (found !== undefined) return found
    const shape = shapeOf(resolve(schema), resolve)
    known.set(schema, shape)
    return shape
  }
}

function shapeOf(schema: FactSchema, resolve: (schema: FactSchema) => FactSchema): Shape {
  const alternatives = (schema['anyOf'] ?? []) as readonly FactSchema[] // scripts/catalogue writes it so
  const first = alternatives[0] === undefined ? schema : { ...resolve(alternatives[0]), ...schema }
  const types = [first['type']].flat().map(String)
  const type = types.find(isType) ?? (first['properties'] === undefined ? 'any' : 'object')
  return {
    type,
    isNullable: types.includes('null'),
    isReadOnly: schema['readOnly'] === true,
    format: textOf(first['format']),
    values: Array.isArray(first['enum']) ? first['enum'] : [],
    minLength: Number(first['minLength'] ?? 0),
    maxLength: Number(first['maxLength'] ?? Infinity),
    minimum: Number(first['minimum'] ?? 0),
    properties: (first['properties'] ?? {}) as Shape['properties'], // as above
    required: type === 'object' && Array.isArray(first['required']) ? first['required'].map(String) : [],
    items: first['items'] as FactSchema | undefined, // as above
    alternatives,
  }
}

function isType(text: string): text is Exclude<Shape['type'], 'any'> {
  return ['object', 'array', 'string', 'integer', 'number', 'boolean'].includes(text)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
