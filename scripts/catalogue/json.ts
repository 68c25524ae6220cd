/** Any value JSON or YAML can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** An object of the same. */
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** The value as an object; throws naming the place when it is none. */
export function objectIn(value: Json | undefined, place: string): JsonObject {
  if (isObject(value)) return value
  throw new Error(`${place}: an object is expected`)
}

/** The object at a key, or an empty one. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key]
  return isObject(value) ? value : {}
}

/** Whether a value is an object and no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as a list; an absent one is empty. */
export function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

/** The value as a text; throws naming the place when it is none. */
export function stringIn(value: Json | undefined, place: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${place}: a text is expected`)
}
