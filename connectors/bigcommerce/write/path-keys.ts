import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import type { ObjectFacts, Way } from '../catalogue/facts.ts'
import type { Route } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'

/** Where a request goes for a record. */
export interface Location {
  /** Keys filled in and percent-encoded. */
  readonly path: string
  /** The record's own key, where the path holds one. */
  readonly key?: string
  /** Fields of the record that went into the path. */
  readonly used: readonly string[]
}

/** A field without which nobody knows where a record belongs. */
export interface Missing {
  readonly missing: string
}

/** Values of the keys above a record, out of the record or the options; undefined: one is missing. */
export function keysAbove(object: ObjectFacts, way: Way, record: DataRecord, keys: Keys): Keys | undefined {
  const parents = parentKeysOf(way)
  const values: { [name: string]: string | number } = {}
  for (const name of parents) {
    const value =
      parentFields(object, name, parents)
        .map(field => record[field])
        .find(isKey) ?? keys[name]
    if (!isKey(value)) return undefined
    values[name] = value
  }
  return values
}

type Keys = { readonly [field: string]: string | number }

/** Names of the keys above the records of a way. */
export function parentKeysOf({ path = '' }: Way): readonly string[] {
  return keysIn(path)
}

/** Fills the path of a request from a record, and from the options' keys where the record does not say. */
export function locate(object: ObjectFacts, route: Route, record: DataRecord, keys: Keys): Location | Missing {
  const template = templateOf(route)
  const parents = parentKeysOf(route.way)
  const names = keysIn(template)
  const used: string[] = []
  const own: string[] = []
  let path = template
  for (const [place, name] of names.entries()) {
    const isOwn = place >= parents.length
    const fields = isOwn ? ownFields(object, name, place - parents.length) : parentFields(object, name, parents)
    const field = fields.find(each => isKey(record[each]))
    const value = field === undefined ? given(keys, name, isOwn && route.way.kind !== 'keyed') : record[field]
    if (!isKey(value)) return { missing: fields[0] ?? name }
    if (field !== undefined) used.push(field)
    if (isOwn) own.push(String(value))
    // A function: `$` in a value would mean something in a text.
    path = path.replace(/\{[^}]+\}/, () => encodeURIComponent(String(value)))
  }
  return { path, used, ...(own.length === 0 ? {} : { key: own.join('/') }) }
}

/** One key for all records of a collection would write them all over the same one. */
function given(keys: Keys, name: string, isRefused: boolean): string | number | undefined {
  return isRefused ? undefined : keys[name]
}

/** The fields that may hold a record's own key; the currency of a price is `currency`, in the path `currency_code`. */
function ownFields({ key }: ObjectFacts, name: string, place: number): readonly string[] {
  if (place > 0) return [name.replace(/_code$/, ''), name]
  return key === undefined || key === name ? [name] : [key, name]
}

/** A metafield names what it belongs to `resource_id`. */
function parentFields({ name: object }: ObjectFacts, name: string, parents: readonly string[]): readonly string[] {
  const isNearest = name === parents.at(-1)
  return isNearest && object.endsWith('metafields') ? [name, 'resource_id'] : [name]
}

/**
 * Whether a value can be a key. What a URL takes for no key at all would turn the deletion of a record into that of
 * everything: dots are steps in a path, blanks are trimmed, an empty filter is no filter.
 */
export function isKey(value: JsonValue | undefined): value is string | number {
  if (typeof value === 'number') return true
  return typeof value === 'string' && value.trim() !== '' && value !== '.' && value !== '..'
}
