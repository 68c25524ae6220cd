import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { DataRecord, JsonValue } from '../../sdk/connector.ts'
import type { FactSchema, ObjectFacts } from '../catalogue/facts.ts'
import type { Route } from '../catalogue/objects.ts'
import type { WriteActivityName, WriteOptions } from './options.ts'
import { explain } from './problems.ts'
import { createPruner } from './prune.ts'
import { alternativesOf, bodyOf, propertiesOf, requestSchemaOf } from './request-schema.ts'

/** A record as it is sent, with what was left out of it; or why it cannot be sent. */
export type Fit =
  | { readonly tag: 'fits'; readonly body: JsonValue; readonly left: LeftOut }
  | { readonly tag: 'rejected'; readonly message: string }

/** Paths of fields that are not sent. */
export interface LeftOut {
  /** The store makes them itself, or has no place for them in this request. */
  readonly fields: readonly string[]
  /** Empty, where the store takes no null. */
  readonly nulls: readonly string[]
}

/** Checks records against what one request takes. `used` are fields that are told elsewhere: in the path. */
export type Fitter = (record: DataRecord, used: readonly string[]) => Fit

/** Makes the check for a request; compiles its schema, so keep it. */
export function createFitter(
  object: ObjectFacts,
  route: Route,
  { activity, unknownFields }: { readonly activity: WriteActivityName } & Pick<WriteOptions, 'unknownFields'>,
): Fitter {
  const body = bodyOf(object, route)
  const validate = createValidator(requestSchemaOf(object, route, activity))
  const alternatives = alternativesOf(body)
  const isObject = alternatives.some(each => Object.keys(propertiesOf(each)).length > 0)
  const prune = createPruner(object, { body, isDropping: unknownFields === 'drop' })
  return (record, used) => {
    // Members of a segment are sent as bare ids.
    if (!isObject && alternatives.every(({ type }) => type === 'string' || type === 'integer')) {
      const value = record[object.key ?? 'id'] ?? null
      return finish(value, validate(value), { fields: [], nulls: [] })
    }
    const { value, left, unknown } = prune(record, used)
    if (unknown.length > 0) return { tag: 'rejected', message: unknown.join('; ') }
    return finish(value, validate(value), left)
  }
}

function finish(body: JsonValue, problems: readonly ErrorObject[], left: LeftOut): Fit {
  if (problems.length > 0) return { tag: 'rejected', message: explain(problems) }
  return { tag: 'fits', body, left }
}

/** Of several alternatives the problems of the nearest one are told. */
function createValidator(schema: FactSchema): (value: JsonValue) => readonly ErrorObject[] {
  const { anyOf, $defs } = schema
  const alternatives = Array.isArray(anyOf) ? (anyOf as FactSchema[]).map(each => ({ ...each, $defs })) : [schema]
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, verbose: false })
  const validators: readonly ValidateFunction[] = alternatives.map(each => ajv.compile(each))
  return value => {
    let nearest: readonly ErrorObject[] | undefined
    for (const validate of validators) {
      if (validate(value)) return []
      const problems = validate.errors ?? []
      if (nearest === undefined || weight(problems) < weight(nearest)) nearest = problems
    }
    return nearest ?? []
  }
}

/** A wrong word in an enumeration means another alternative altogether. */
function weight(problems: readonly ErrorObject[]): number {
  return problems.reduce((sum, { keyword }) => sum + (keyword === 'enum' ? 3 : 1), 0)
}
