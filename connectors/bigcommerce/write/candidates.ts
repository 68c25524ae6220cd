import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import { nearestName } from '../nearest.ts'
import { keysIn, templateOf } from '../paths.ts'
import { maxBatchOf } from './call.ts'
import { createFitter, type Fitter } from './fit.ts'
import type { WriteActivityName, WriteOptions } from './options.ts'
import { isKey, type Location, locate, type Missing, parentKeysOf } from './path-keys.ts'
import { alternativesOf, isWritable } from './request-schema.ts'
import { asTyped } from './typed.ts'

/** A request that can write records of an object. */
export interface Candidate {
  readonly route: Route
  readonly isBatch: boolean
  readonly fit: Fitter
  /** Whether the request takes a field of this name. */
  readonly takes: (field: string) => boolean
  locate(record: DataRecord): Location | Missing
  /** The record with what the options say of its place, where the body asks for it. */
  complete(record: DataRecord): DataRecord
  /** Names of the keys above the record, by whatever request. */
  readonly above: readonly string[]
  /** Parameters of the request that the options give. */
  readonly parameters: readonly (readonly [string, string])[]
}

/**
 * The requests by which an activity can write an object, those below a parent first. Throws OBJECT_UNKNOWN when there
 * are none, OPTIONS_INVALID when the options name keys that lead nowhere, or only files could be sent.
 */
export function candidatesOf(
  object: ObjectFacts,
  activity: WriteActivityName,
  options: WriteOptions,
): readonly Candidate[] {
  const routes = routesOf(object, activity)
  const name = fullName(object)
  if (routes.length === 0) throw new ConnectorError('OBJECT_UNKNOWN', `${name} has no activity ${activity}`)
  const usable = routes.filter(({ operation }) => operation.form !== 'multipart')
  if (usable.length === 0)
    throw new ConnectorError('OPTIONS_INVALID', `${name}: ${activity} sends files, which is not covered`)
  checkKeys(name, usable, options)
  return usable.map(route => createCandidate(object, route, activity, options))
}

/** Keys that no request has a place for are mistakes: without them records would land elsewhere. */
export function checkKeys(name: string, routes: readonly Route[], { keys = {} }: WriteOptions): void {
  const known = [
    ...new Set(
      routes.flatMap(route => [
        ...(route.way.kind === 'keyed' ? keysIn(templateOf(route)) : parentKeysOf(route.way)),
        ...Object.keys(route.operation.parameters ?? {}),
      ]),
    ),
  ]
  for (const key of Object.keys(keys)) {
    if (known.includes(key)) continue
    const offered = known.length === 0 ? '; there is none' : ''
    const message = `keys: ${name} has no key ${JSON.stringify(key)} above it${nearestName(key, known)}${offered}`
    throw new ConnectorError('OPTIONS_INVALID', message)
  }
}

function createCandidate(
  object: ObjectFacts,
  route: Route,
  activity: WriteActivityName,
  { unknownFields, keys = {} }: WriteOptions,
): Candidate {
  const bodies = alternativesOf(route.operation.body ?? {})
  const takes = (field: string) => bodies.some(each => isWritable(each, field))
  const above = object.ways.flatMap(parentKeysOf)
  return {
    route,
    isBatch: maxBatchOf(route) > 1,
    fit: createFitter(object, route, { activity, ...(unknownFields === undefined ? {} : { unknownFields }) }),
    takes,
    locate: record => locate(object, route, record, keys),
    complete(record) {
      const added: { [field: string]: JsonValue } = {}
      for (const name of above) {
        const field = takes(name) ? name : name === above.at(-1) && takes('resource_id') ? 'resource_id' : name
        if (takes(field)) added[field] = record[field] ?? record[name] ?? keys[name] ?? null
      }
      const own = object.key ?? 'id'
      if (takes(own)) added[own] = record[own] ?? null
      const said = Object.entries(added).filter(([, value]) => isKey(value))
      return { ...record, ...Object.fromEntries(said.map(([field, value]) => [field, asTyped(value, field, bodies)])) }
    },
    above,
    parameters: parametersOf(route, keys),
  }
}

/** Parameters of a request that the options give. */
export function parametersOf(
  { way, operation }: Route,
  keys: NonNullable<WriteOptions['keys']>,
): readonly (readonly [string, string])[] {
  const above = parentKeysOf(way)
  return Object.entries(keys)
    .filter(([name]) => operation.parameters?.[name] !== undefined && !above.includes(name))
    .map(([name, value]) => [name, String(value)])
}
