import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject } from 'ajv'
import formats from 'ajv-formats'
import { distance } from 'fastest-levenshtein'

/** What is wrong at one place of a value. */
export interface SchemaProblem {
  /** Keys and indexes from the root to the value that is wrong. */
  readonly path: readonly (string | number)[]
  /** Whether the last step of the path is wrong in itself, whatever its value. */
  readonly about: 'key' | 'value'
  /** For people, in lower case: what is wrong and what would be right; never holds the value itself. */
  readonly message: string
}

/** The verdict of a schema over a value. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] }

/** A check by a TypeBox schema, compiled at its first use: most commands, and most starts, need few of all there are. */
export function compileSchema<S extends TSchema>(schema: S): (value: unknown) => Checked<Static<S>> {
  let check: ReturnType<typeof compile<Static<S>>> | undefined
  return value => {
    // TypeBox has seen to it that it is a schema: the check takes longer than to compile it.
    check ??= compile<Static<S>>(schema, { validateSchema: false })
    return check(value)
  }
}

/** Compiles any JSON Schema (draft 7) to a check; `T` is what a fitting value is taken for. Throws when it is not one. */
export function compileJsonSchema<T = unknown>(schema: object): (value: unknown) => Checked<T> {
  return compile(schema, { validateSchema: true })
}

/** As `compileJsonSchema`, but compiles each schema once only, for as long as somebody holds it. */
export function compileJsonSchemasOnce(): (schema: object) => (value: unknown) => Checked<unknown> {
  const checks = new WeakMap<object, (value: unknown) => Checked<unknown>>()
  return schema => {
    const check = checks.get(schema) ?? compileJsonSchema(schema)
    checks.set(schema, check)
    return check
  }
}

function compile<T>(schema: object, options: { readonly validateSchema: boolean }): (value: unknown) => Checked<T> {
  // Not strict: schemas of connectors may carry keywords for forms that Ajv does not know. Most checks are used a few
  // times: to optimize their code takes longer than it saves.
  const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, code: { optimize: false }, ...options })
  formats.default(ajv)
  ajv.addFormat('redis-url', isRedisUrl)
  const validate = ajv.compile<T>(schema)
  return value => (validate(value) ? { ok: true, value } : { ok: false, problems: describe(validate.errors ?? []) })
}

/** A problem as one line: `/source/options/limit: must be an integer`. */
export function problemText({ path, message }: SchemaProblem): string {
  return path.length === 0 ? message : `/${path.join('/')}: ${message}`
}

/** `, did you mean "x"?` when a known name is near, else an empty text. */
export function nearest(name: string, known: readonly string[]): string {
  const [candidate] = known
    .map(each => ({ each, steps: distance(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)
  const isNear = candidate !== undefined && candidate.steps <= Math.max(2, Math.floor(name.length / 3))
  return isNear ? `, did you mean ${JSON.stringify(candidate.each)}?` : ''
}

function describe(errors: readonly ErrorObject[]): readonly SchemaProblem[] {
  const problems = meaningful(errors).map(toProblem)
  const seen = new Set<string>()
  return problems.filter(problem => {
    const text = problemText(problem)
    const isNew = !seen.has(text)
    seen.add(text)
    return isNew
  })
}

/**
 * A union fails with the errors of all its branches. The branch that was meant is the one that got further than the
 * type of the value; only its errors help. When no branch did, the union itself says what it takes.
 */
function meaningful(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = errors
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const inside = kept.filter(error => isInside(error, union))
    const branchOf = (error: ErrorObject) => error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0]
    const failedAtOnce = new Set(
      inside
        .filter(e => e.instancePath === union.instancePath && (e.keyword === 'type' || e.keyword === 'const'))
        .map(branchOf),
    )
    const meant = [...new Set(inside.map(branchOf))].filter(branch => !failedAtOnce.has(branch))
    const errorsOf = (branch: string | undefined) => inside.filter(error => branchOf(error) === branch)
    const best = meant.sort((a, b) => errorsOf(a).length - errorsOf(b).length)[0]
    kept = kept.filter(error =>
      best === undefined
        ? !inside.includes(error)
        : error !== union && (!inside.includes(error) || branchOf(error) === best),
    )
  }
  return kept
}

function isInside(error: ErrorObject, union: ErrorObject): boolean {
  const isSameValue =
    error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`)
  return isSameValue && error.schemaPath.startsWith(`${union.schemaPath}/`)
}

function toProblem(error: ErrorObject): SchemaProblem {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(step => (/^\d+$/.test(step) ? Number(step) : step))
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty'])
      return { path: [...path, key], about: 'key', message: `is not a known key${nearest(key, knownKeys(error))}` }
    }
    case 'required':
      return { path: [...path, String(error.params['missingProperty'])], about: 'key', message: 'is missing' }
    case 'enum':
      return {
        path,
        about: 'value',
        message: `must be one of ${(error.params['allowedValues'] as unknown[]).map(v => JSON.stringify(v)).join(', ')}`,
      }
    case 'anyOf':
      return { path, about: 'value', message: `must be ${alternatives(error)}` }
    case 'const':
      return { path, about: 'value', message: `must be ${JSON.stringify(error.params['allowedValue'])}` }
    case 'type':
      return {
        path,
        about: 'value',
        message: `must be ${withArticle(String(error.params['type']).replaceAll(',', ' or '))}`,
      }
    case 'pattern':
    case 'format':
      return { path, about: 'value', message: patternMessage(error) }
    default:
      return { path, about: 'value', message: error.message ?? 'is not valid' }
  }
}

/** Whether Redis can be looked for there: a slash or a lone percent sign in a password makes nonsense of the rest. */
function isRedisUrl(text: string): boolean {
  try {
    const { hostname, username, password } = new URL(text)
    decodeURIComponent(username + password)
    return hostname !== ''
  } catch {
    return false
  }
}

/** A schema may say in `description` what its pattern means; a regular expression is no help to most people. */
function patternMessage({ parentSchema, params }: ErrorObject): string {
  const description: unknown = parentSchema?.['description']
  const wanted = params['pattern'] ?? `the format ${params['format']}`
  return typeof description === 'string' ? `is not valid: ${description}` : `must match ${wanted}`
}

function knownKeys({ parentSchema }: ErrorObject): readonly string[] {
  return Object.keys((parentSchema?.['properties'] ?? {}) as object)
}

function alternatives({ schema }: ErrorObject): string {
  const branches = Array.isArray(schema) ? (schema as { type?: string; const?: unknown; title?: string }[]) : []
  const names = branches.map(branch =>
    branch.const === undefined ? withArticle(branch.title ?? branch.type ?? 'value') : JSON.stringify(branch.const),
  )
  return names.join(' or ')
}

function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}
