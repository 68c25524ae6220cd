import type { ObjectDescription } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { objects } from './catalogue-data.ts'
import { nearestName } from './nearest.ts'

/** The type of a filter; lists are joined by commas, a flag is 1 or 0. */
export type FilterKind = 'integer' | 'number' | 'text' | 'boolean' | 'flag' | 'date' | 'integers' | 'texts'

/** Types of fields, for schemas. */
export type FieldType = 'integer' | 'number' | 'string' | 'boolean' | 'array' | 'object'

/** What the connector knows of an object: facts of BigCommerce's documents, nothing of its own. */
export interface CatalogueObject {
  readonly name: string
  readonly label: string
  /** Path of the list, version included: `/v3/catalog/products`. */
  readonly path: string
  /** v3 answers `{data, meta}` with totals, v2 a bare list without. */
  readonly version: 'v3' | 'v2'
  readonly filters: { readonly [name: string]: FilterKind }
  readonly includes: readonly string[]
  /** Includes with which a page never holds more than ten records. */
  readonly cappingIncludes: readonly string[]
  readonly sorts: readonly string[]
  /** Whether the direction is a parameter of its own or part of the sort, `date_created:asc` or `id asc`. */
  readonly direction: 'parameter' | 'colon' | 'space' | 'none'
  /** A sort under which records keep their places while others are added. */
  readonly stableSort?: string
  /** Whether `include_fields` is understood. */
  readonly canSelect: boolean
  readonly idField: string
  readonly fields: { readonly [name: string]: FieldType }
}

/** The object of that name. Throws OBJECT_UNKNOWN naming the nearest. */
export function findObject(name: string): CatalogueObject {
  const found = objects.find(object => object.name === name)
  if (found !== undefined) return found
  const names = objects.map(object => object.name)
  throw new ConnectorError(
    'OBJECT_UNKNOWN',
    `there is no object ${JSON.stringify(name)}${nearestName(name, names)}; objects: ${names.join(', ')}`,
  )
}

/** Objects whose name or label holds the filter. */
export function describeObjects(filter = ''): readonly ObjectDescription[] {
  const wanted = filter.toLowerCase()
  return objects
    .filter(({ name, label }) => name.includes(wanted) || label.toLowerCase().includes(wanted))
    .map(({ name, label }) => ({ name, label, activities: ['Query'] }))
}
