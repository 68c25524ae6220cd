import jsonata from 'jsonata'
import type { DataRecord, JsonValue } from '../../connectors/sdk/connector.ts'
import { AgentError, toError } from '../errors.ts'
import type { Transformation } from './operation.ts'

/** What a transformation makes of one record. */
export type Transformed =
  | { readonly status: 'record'; readonly record: DataRecord }
  | { readonly status: 'filtered' }
  | { readonly status: 'rejected'; readonly message: string }

/** A transformation ready to run. */
export interface CompiledTransformation {
  /** The top-level source fields it reads; undefined = it may read any. */
  readonly fields: readonly string[] | undefined
  /** A promise only when the transformation holds an expression. */
  apply(record: DataRecord): Transformed | Promise<Transformed>
}

/**
 * Compiles a transformation to closures, once per run; undefined copies records unchanged.
 * Throws TRANSFORMATION_INVALID naming the field whose path or expression is wrong.
 */
export function compileTransformation(transformation: Transformation | undefined): CompiledTransformation {
  const where = transformation?.where === undefined ? undefined : compileExpression('where', transformation.where)
  const mapping = transformation?.fields
  if (mapping === undefined) return { fields: undefined, apply: where === undefined ? copy : filtering(where, copy) }
  const columns = Object.entries(mapping).map(([name, rule]) => compileField(name, rule))
  const isSync = where === undefined && columns.every(column => column.kind === 'sync')
  const fields = isSync ? [...new Set(columns.flatMap(column => column.reads))] : undefined
  if (isSync) return { fields, apply: record => ({ status: 'record', record: mapSync(columns, record) }) }
  const map = (record: DataRecord) => mapAsync(columns, record)
  return { fields, apply: where === undefined ? map : filtering(where, map) }
}

type FieldRule = NonNullable<Transformation['fields']>[string]
type Getter = (record: DataRecord) => JsonValue | undefined
type Column =
  | { readonly kind: 'sync'; readonly name: string; readonly get: Getter; readonly reads: readonly string[] }
  | { readonly kind: 'async'; readonly name: string; readonly evaluate: Expression; readonly reads: readonly string[] }
type Expression = (record: DataRecord) => Promise<JsonValue | undefined>

function compileField(name: string, rule: FieldRule): Column {
  if (typeof rule === 'string') return compilePathField(name, rule, undefined)
  if ('path' in rule) return compilePathField(name, rule.path, rule.default as JsonValue | undefined)
  if ('value' in rule) {
    const value = rule.value as JsonValue // comes from YAML or JSON, so it is one
    return { kind: 'sync', name, get: () => value, reads: [] }
  }
  return { kind: 'async', name, evaluate: compileExpression(name, rule.expression), reads: [] }
}

function compilePathField(name: string, path: string, whenAbsent: JsonValue | undefined): Column {
  const [first, ...rest] = parsePath(name, path)
  const isInherited = first in {}
  const get: Getter = record => {
    let value: unknown = isInherited && !Object.hasOwn(record, first) ? undefined : record[first]
    for (const step of rest) {
      if (typeof value !== 'object' || value === null) return whenAbsent
      // Own properties only: a path must never reach into the prototype of a foreign object.
      value = Object.hasOwn(value, step) ? (value as { [step: string]: unknown })[step] : undefined
    }
    return value === undefined ? whenAbsent : (value as JsonValue)
  }
  return { kind: 'sync', name, get, reads: [first] }
}

/** Splits `images[0].url` into its steps. */
function parsePath(name: string, path: string): readonly [string, ...string[]] {
  const steps = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  const [first, ...rest] = steps
  if (first === undefined || steps.some(step => step === '' || /[[\]]/.test(step))) {
    throw new AgentError('TRANSFORMATION_INVALID', `field ${name}: ${JSON.stringify(path)} is not a path like a.b[0].c`)
  }
  return [first, ...rest]
}

/** An expression that recurses or loops without end would hold up every run of the runner: it is cut off. */
const limits = { timeout: 1_000, stack: 200, sequence: 1_000_000 } as const

function compileExpression(name: string, text: string): Expression {
  let expression: jsonata.Expression
  try {
    expression = jsonata(text, limits)
  } catch (thrown) {
    const cause = syntaxError(thrown)
    throw new AgentError('TRANSFORMATION_INVALID', `field ${name}: ${cause.message}`, { cause })
  }
  return async record => {
    const result: unknown = await expression.evaluate(record)
    // Sequences carry JSONata's own marks and may hold functions; only JSON leaves.
    return result === undefined ? undefined : (JSON.parse(JSON.stringify(result) ?? 'null') as JsonValue)
  }
}

/** JSONata throws plain objects; position is the place in the expression, from 1. */
function syntaxError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const { message, position } = thrown as { message?: string; position?: number } // JSONata's documented error shape
  return new Error(
    `${message ?? 'the expression is not valid JSONata'}${position === undefined ? '' : ` (at ${position})`}`,
  )
}

function copy(record: DataRecord): Transformed {
  return { status: 'record', record }
}

function mapSync(columns: readonly Column[], record: DataRecord): DataRecord {
  const made: { [field: string]: JsonValue } = {}
  for (const column of columns) {
    const value = column.kind === 'sync' ? column.get(record) : undefined
    if (value !== undefined) made[column.name] = value
  }
  return made
}

async function mapAsync(columns: readonly Column[], record: DataRecord): Promise<Transformed> {
  const made: { [field: string]: JsonValue } = {}
  for (const column of columns) {
    try {
      const value = column.kind === 'sync' ? column.get(record) : await column.evaluate(record)
      if (value !== undefined) made[column.name] = value
    } catch (thrown) {
      return { status: 'rejected', message: `field ${column.name}: ${syntaxError(toErrorOrObject(thrown)).message}` }
    }
  }
  return { status: 'record', record: made }
}

function filtering(where: Expression, next: CompiledTransformation['apply']): CompiledTransformation['apply'] {
  return async record => {
    try {
      if (!(await where(record))) return { status: 'filtered' }
    } catch (thrown) {
      return { status: 'rejected', message: `where: ${syntaxError(toErrorOrObject(thrown)).message}` }
    }
    return next(record)
  }
}

function toErrorOrObject(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null ? thrown : toError(thrown)
}
