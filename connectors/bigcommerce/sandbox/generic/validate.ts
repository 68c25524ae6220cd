import type { FactSchema } from '../../catalogue/facts.ts'
import { isRow } from './defaults.ts'
import type { ReadSchema, Shape } from './schema.ts'

/** What is wrong with a body: error codes of the service by the path of the field. */
export interface Faulty {
  readonly [path: string]: string
}

/** How strictly to look. */
export interface Strictness {
  /** Updates may leave required fields out. */
  readonly isPartial: boolean
  /** v2 takes money and other numbers as text, and text as numbers. */
  readonly isV2: boolean
}

/** Holds a record against the schema of the request. An empty answer means that it fits. */
export function faultsOf(
  read: ReadSchema,
  schema: FactSchema,
  value: unknown,
  strictness: Strictness,
  path = '',
): Faulty {
  const shape = read(schema)
  if (shape.alternatives.length > 0) return leastFaults(read, shape, value, strictness, path)
  const wrong = wrongType(shape, value, strictness)
  if (wrong !== undefined) return { [path === '' ? 'obj' : path]: wrong }
  if (isRow(value)) return faultsInside(read, shape, value, strictness, path)
  if (Array.isArray(value) && shape.items !== undefined) {
    const { items } = shape
    const inner = { ...strictness, isPartial: false }
    return Object.assign({}, ...value.map((item, at) => faultsOf(read, items, item, inner, join(path, String(at)))))
  }
  return {}
}

/** Of alternatives the one that the value fits best. */
function leastFaults(
  read: ReadSchema,
  { alternatives }: Shape,
  value: unknown,
  strictness: Strictness,
  path: string,
): Faulty {
  const all = alternatives.map(schema => faultsOf(read, schema, value, strictness, path))
  return all.reduce((best, one) => (Object.keys(one).length < Object.keys(best).length ? one : best))
}

function faultsInside(
  read: ReadSchema,
  { properties, required }: Shape,
  value: { readonly [field: string]: unknown },
  strictness: Strictness,
  path: string,
): Faulty {
  const missing = strictness.isPartial ? [] : required.filter(name => value[name] === undefined)
  const faulty: { [path: string]: string } = {}
  for (const name of missing) {
    const property = properties[name]
    // The document requires some fields that it calls read-only.
    if (property !== undefined && !read(property).isReadOnly) faulty[join(path, name)] = 'error.path.missing'
  }
  for (const [name, inner] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property === undefined || read(property).isReadOnly) continue
    Object.assign(faulty, faultsOf(read, property, inner, strictness, join(path, name)))
  }
  return faulty
}

function wrongType(shape: Shape, value: unknown, { isV2 }: Strictness): string | undefined {
  if (value === null) return shape.isNullable || shape.type === 'any' ? undefined : expectation(shape.type)
  switch (shape.type) {
    case 'any':
      return undefined
    case 'object':
      return isRow(value) ? undefined : expectation(shape.type)
    case 'array':
      return Array.isArray(value) ? undefined : expectation(shape.type)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : expectation(shape.type)
    case 'integer':
    case 'number':
      if (isV2 && typeof value === 'string' && !Number.isNaN(Number(value))) return undefined
      return typeof value === 'number' ? undefined : expectation(shape.type)
    case 'string':
      if (isV2 && typeof value === 'number') return undefined
      return typeof value === 'string' ? wrongText(shape, value) : expectation(shape.type)
  }
}

function wrongText({ values, minLength, maxLength }: Shape, text: string): string | undefined {
  if (values.length > 0 && !values.includes(text)) return 'error.expected.validenumvalue'
  if (text.length > maxLength) return 'error.maxLength'
  return text.length < minLength ? 'error.minLength' : undefined
}

function expectation(type: Shape['type']): string {
  switch (type) {
    case 'object':
      return 'error.expected.jsobject'
    case 'array':
      return 'error.expected.jsarray'
    case 'boolean':
      return 'error.expected.jsboolean'
    case 'integer':
    case 'number':
      return 'error.expected.jsnumber'
    case 'string':
    case 'any':
      return 'error.expected.jsstring'
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
