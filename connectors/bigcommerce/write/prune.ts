import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import type { FactSchema, ObjectFacts } from '../catalogue/facts.ts'
import { fullName } from '../catalogue/objects.ts'
import { nearestName } from '../nearest.ts'
import type { LeftOut } from './fit.ts'
import { join } from './problems.ts'
import { alternativesOf, isWritable, propertiesOf } from './request-schema.ts'

/** A record with only what the request takes. */
export interface Pruned {
  readonly value: JsonValue
  readonly left: LeftOut
  /** A sentence for each field nobody knows. */
  readonly unknown: readonly string[]
}

interface Findings {
  readonly fields: string[]
  readonly nulls: string[]
  readonly unknown: string[]
}

/**
 * Makes the function that leaves out of a record what the store makes itself: what any answer or request of the object
 * has and this request has not. So what was read from one store can be written to another.
 */
export function createPruner(
  object: ObjectFacts,
  { body, isDropping }: { readonly body: FactSchema; readonly isDropping: boolean },
): (record: DataRecord, used: readonly string[]) => Pruned {
  const takes = alternativesOf(body)
  const known = object.ways
    .flatMap(({ operations }) => operations.flatMap(({ record, body: sent }) => [record, sent]))
    .flatMap(schema => (schema === undefined ? [] : alternativesOf(schema)))
  return (record, used) => {
    const findings: Findings = { fields: [], nulls: [], unknown: [] }
    const parts = { name: fullName(object), used: new Set(used), isDropping, findings }
    const value = pruneValue(record, { takes, known }, '', parts)
    return { value, left: findings, unknown: findings.unknown }
  }
}

interface Schemas {
  readonly takes: readonly FactSchema[]
  readonly known: readonly FactSchema[]
}

interface Parts {
  readonly name: string
  readonly used: ReadonlySet<string>
  readonly isDropping: boolean
  readonly findings: Findings
}

function pruneValue(value: JsonValue, schemas: Schemas, path: string, parts: Parts): JsonValue {
  if (Array.isArray(value)) {
    const inner = { takes: itemsOf(schemas.takes), known: itemsOf(schemas.known) }
    if (inner.takes.length === 0) return value
    return (value as readonly JsonValue[]).map((each, place) =>
      pruneValue(each, inner, join(path, String(place)), parts),
    )
  }
  // An object without declared properties may hold anything.
  if (typeof value !== 'object' || value === null || !schemas.takes.some(hasProperties)) return value
  const pruned: { [field: string]: JsonValue } = {}
  for (const [name, field] of Object.entries(value as DataRecord)) {
    const takes = schemas.takes.filter(each => isWritable(each, name)).flatMap(each => propertyOf(each, name))
    const known = schemas.known.flatMap(each => propertyOf(each, name))
    if (takes.length === 0) leaveOut(name, path, { ...schemas, isKnown: known.length > 0 }, parts)
    else if (field === null && !takes.some(allowsNull)) parts.findings.nulls.push(join(path, name))
    else pruned[name] = pruneValue(field, { takes, known: [...known, ...takes] }, join(path, name), parts)
  }
  return pruned
}

function leaveOut(name: string, path: string, schemas: Schemas & { readonly isKnown: boolean }, parts: Parts): void {
  const isReadOnly = schemas.takes.some(each => propertyOf(each, name).length > 0)
  if (path === '' && parts.used.has(name)) return
  if (schemas.isKnown || isReadOnly || parts.isDropping)
    return void parts.findings.fields.push(withoutPlaces(path, name))
  const writable = [...new Set(schemas.takes.flatMap(each => Object.keys(propertiesOf(each))))]
  const nearest = nearestName(name, writable)
  parts.findings.unknown.push(`${join(path, name)}: ${parts.name} has no such field${nearest}`)
}

/** One line tells of all elements of a list. */
function withoutPlaces(path: string, name: string): string {
  return join(path.replace(/\.\d+(?=\.|$)/g, ''), name)
}

function hasProperties(schema: FactSchema): boolean {
  return Object.keys(propertiesOf(schema)).length > 0
}

function propertyOf(schema: FactSchema, name: string): readonly FactSchema[] {
  const properties = propertiesOf(schema)
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined
  return property === undefined ? [] : alternativesOf(property)
}

function itemsOf(schemas: readonly FactSchema[]): readonly FactSchema[] {
  return schemas.flatMap(({ items }) => (items === undefined ? [] : alternativesOf(items as FactSchema)))
}

function allowsNull({ type, enum: values }: FactSchema): boolean {
  if (Array.isArray(values)) return values.includes(null)
  return type === undefined || type === 'null' || (Array.isArray(type) && type.includes('null'))
}
