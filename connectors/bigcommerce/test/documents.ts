/**
 * Holds requests against BigCommerce's OpenAPI documents. Knows nothing of the connector or of its catalogue: it reads the
 * documents by itself, so a mistake in the one does not hide in the other.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse } from 'yaml'
import { corrections } from './corrections.ts'

/** A request as it arrived at the store. */
export interface ArrivedRequest {
  readonly method: string
  /** Path and query: `/stores/abc/v3/catalog/products?limit=250`. */
  readonly target: string
  /** The body as it was sent; absent or empty for none. */
  readonly body?: string
}

/** Tells what a document would not allow in a request; nothing when all is well. */
export interface DocumentValidator {
  /** How many documented requests there are. */
  readonly size: number
  problems(request: ArrivedRequest): readonly string[]
}

type Node = { readonly [key: string]: unknown }

interface Documented {
  readonly method: string
  readonly pattern: RegExp
  readonly path: string
  readonly keys: number
  readonly parameters: readonly Node[]
  readonly hasBody: boolean
  readonly checkBody: ValidateFunction | undefined
  readonly isBodyNeeded: boolean
}

/** Reads every document below a folder. Bodies are compiled when they are first needed. */
export function openDocuments(folder: string): DocumentValidator {
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    validateFormats: false,
    allErrors: true,
    coerceTypes: false,
    // Two patterns of the documents are no regular expressions in Unicode mode.
    unicodeRegExp: false,
    logger: false,
  })
  const documented = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.ya?ml$/.test(name))
    .sort()
    .flatMap((name, index) => documentedIn(parseFile(join(folder, name)), `d${index}`, ajv))
  return {
    size: documented.length,
    problems: request => problemsOf(request, documented),
  }
}

function parseFile(file: string): Node {
  return parse(readFileSync(file, 'utf8'), { schema: 'core', maxAliasCount: -1 }) as Node // looked at step by step below
}

function documentedIn(document: Node, id: string, ajv: Ajv): readonly Documented[] {
  const root = mended(document) as Node
  ajv.addSchema({ ...root, $id: id })
  const base = String(at(root, 'servers', '0', 'url') ?? '').replace(/^.*\/stores\/\{[^}]+\}/, '')
  return Object.entries(at(root, 'paths') as Node).flatMap(([path, item]) =>
    ['get', 'post', 'put', 'delete'].flatMap(method => {
      const operation = at(item as Node, method) as Node | undefined
      if (operation === undefined) return []
      const full = path.startsWith('/stores/')
        ? path.replace(/^\/stores\/\{[^}]+\}/, '')
        : `${base}${path}`.replace(/\/$/, '')
      const parameters = [...listAt(item as Node, 'parameters'), ...listAt(operation, 'parameters')]
      return [
        {
          method: method.toUpperCase(),
          path: full,
          pattern: new RegExp(`^${full.replaceAll(/[.]/g, '\\.').replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`),
          keys: full.split('{').length - 1,
          parameters: parameters.map(each => followed(root, each)),
          ...bodyOf(root, { id, path, method, operation, ajv }),
        },
      ]
    }),
  )
}

function bodyOf(
  root: Node,
  { id, path, method, operation, ajv }: { id: string; path: string; method: string; operation: Node; ajv: Ajv },
): Pick<Documented, 'hasBody' | 'checkBody' | 'isBodyNeeded'> {
  if (operation['requestBody'] === undefined) return { hasBody: false, checkBody: undefined, isBodyNeeded: false }
  const body = followed(root, operation['requestBody'])
  const type = Object.keys((body['content'] as Node | undefined) ?? {}).find(name => /json$/.test(name))
  if (type === undefined) return { hasBody: true, checkBody: undefined, isBodyNeeded: false }
  const isReference = typeof at(operation, 'requestBody', '$ref') === 'string'
  const steps = isReference
    ? [
        ...String(at(operation, 'requestBody', '$ref'))
          .slice(2)
          .split('/'),
      ]
    : ['paths', pointer(path), method, 'requestBody']
  const reference = `${id}#/${[...steps, 'content', pointer(type), 'schema'].join('/')}`
  let compiled: ValidateFunction | undefined
  const lazy = (value: unknown) => {
    compiled ??= ajv.compile({ $ref: reference })
    const isValid = compiled(value) as boolean
    ;(lazy as unknown as ValidateFunction).errors = compiled.errors ?? null
    return isValid
  }
  return {
    hasBody: true,
    checkBody: lazy as unknown as ValidateFunction,
    isBodyNeeded: method !== 'delete' || body['required'] === true,
  }
}

function pointer(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))
}

/**
 * OpenAPI 3.0 excludes a bound with a boolean, which Ajv takes for a bound; nullable needs a type beside it; what is
 * read-only is required in answers only.
 */
function mended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mended)
  if (typeof value !== 'object' || value === null) return value
  const node = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mended(each)]))
  for (const key of ['exclusiveMinimum', 'exclusiveMaximum']) if (typeof node[key] === 'boolean') delete node[key]
  if (node['nullable'] === true && node['type'] === undefined) delete node['nullable']
  if (node['x-nullable'] === true && typeof node['type'] === 'string') node['nullable'] = true
  const { required, properties } = node
  if (Array.isArray(required) && typeof properties === 'object') {
    node['required'] = required.filter(name => at(properties, String(name), 'readOnly') !== true)
  }
  return node
}

function at(node: unknown, ...steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (found, step) => (typeof found === 'object' && found !== null ? (found as Node)[step] : undefined),
    node,
  )
}

function listAt(node: Node, key: string): readonly unknown[] {
  const value = node[key]
  return Array.isArray(value) ? value : []
}

function followed(root: Node, value: unknown): Node {
  let found = value as Node
  while (typeof found['$ref'] === 'string') {
    const steps = found['$ref']
      .slice(2)
      .split('/')
      .map(step => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    found = at(root, ...steps) as Node
  }
  return found
}

function problemsOf(request: ArrivedRequest, documented: readonly Documented[]): readonly string[] {
  const url = new URL(request.target, 'http://store')
  const path = url.pathname.replace(/^\/stores\/[^/]+/, '')
  const candidates = documented.filter(({ pattern }) => pattern.test(path))
  // A fixed word is nearer than a key: /customers/addresses is no customer called addresses.
  const nearest = candidates
    .sort((a, b) => a.keys - b.keys)
    .find(({ method, keys }) => method === request.method && keys === candidates[0]?.keys)
  if (nearest === undefined) return [`${request.method} ${path} is not documented`]
  const known = corrections[`${nearest.method} ${nearest.path.replaceAll(/\{[^}]+\}/g, '{}')}`] ?? {}
  const found = [
    ...queryProblems(url.searchParams, nearest, known.optional ?? [], known.more ?? []),
    ...(known.body === 'any' ? [] : bodyProblems(request, nearest)),
  ]
  return found.map(problem => `${request.method} ${path}: ${problem}`)
}

function queryProblems(
  query: URLSearchParams,
  { parameters }: Documented,
  optional: readonly string[],
  more: readonly string[],
): readonly string[] {
  const documented = new Map(
    parameters.filter(each => each['in'] === 'query').map(each => [String(each['name']), each]),
  )
  const missing = [...documented.values()].filter(
    each => each['required'] === true && !optional.includes(String(each['name'])) && !query.has(String(each['name'])),
  )
  return [
    ...missing.map(each => `the parameter ${each['name']} is required`),
    ...[...query].flatMap(([name, value]) => {
      if (more.includes(name)) return []
      const parameter = documented.get(name)
      if (parameter === undefined) return [`the parameter ${name} is not documented`]
      return fits(value, (parameter['schema'] as Node | undefined) ?? {})
        ? []
        : [`the parameter ${name} does not take ${JSON.stringify(value)}`]
    }),
  ]
}

/** Lists travel joined by commas, whatever the document says of them. */
function fits(text: string, schema: Node): boolean {
  const list = schema['enum']
  switch (schema['type']) {
    case 'array':
      return text.split(',').every(each => fits(each, (schema['items'] as Node | undefined) ?? {}))
    case 'integer':
    case 'number':
      return (
        text
          .split(',')
          .every(
            each =>
              each !== '' &&
              Number.isFinite(Number(each)) &&
              (schema['type'] === 'number' || Number.isInteger(Number(each))),
          ) && inBounds(Number(text), schema)
      )
    case 'boolean':
      return text === 'true' || text === 'false'
    default:
      return !Array.isArray(list) || list.map(String).includes(text)
  }
}

function inBounds(value: number, { minimum, maximum }: Node): boolean {
  return !(typeof minimum === 'number' && value < minimum) && !(typeof maximum === 'number' && value > maximum)
}

function bodyProblems(
  { body = '' }: ArrivedRequest,
  { hasBody, checkBody, isBodyNeeded }: Documented,
): readonly string[] {
  if (body === '') return isBodyNeeded && hasBody ? ['a body is needed'] : []
  if (!hasBody) return ['no body is documented']
  if (checkBody === undefined) return []
  if (checkBody(JSON.parse(body)) === true) return []
  return (checkBody.errors ?? []).map(
    ({ instancePath, message = '' }) => `the body at ${instancePath || '/'} ${message}`,
  )
}
