import type { Paging, Parameter, ParameterType } from '../../connectors/bigcommerce/catalogue/facts.ts'
import type { DocumentedOperation } from './documents.ts'
import { type JsonObject, listIn } from './json.ts'
import { flags } from './overlay.ts'
import { plainSchema } from './schemas.ts'

/** The query parameters of a request, without those of paging. */
export interface ParameterFacts {
  readonly parameters: { readonly [name: string]: Parameter }
  readonly required: readonly string[]
  readonly paging: Paging
  readonly maxLimit: number | undefined
}

const pagingNames = new Set(['page', 'limit', 'before', 'after'])
/** Told in places like a parameter, but they are headers of every request. */
const usualHeaders = new Set(['accept', 'content-type', 'x-auth-token'])

/** Takes parameters apart. */
export function parameterFacts({ parameters, document, path }: DocumentedOperation): ParameterFacts {
  const inQuery = parameters.filter(each => each['in'] === 'query')
  const strange = parameters.find(({ in: place }) => !['query', 'path', 'header'].includes(String(place)))
  if (strange !== undefined)
    throw new Error(`${document.name}: ${path}: a parameter in ${strange['in']} is not understood`)
  const facts = inQuery.map(each => ({
    name: String(each['name']),
    given: each,
    schema: plainSchema(document, each['schema'], 'request'),
  }))
  const filters = facts.filter(({ name }) => !pagingNames.has(name))
  const names = new Set(facts.map(({ name }) => name))
  const limit = facts.find(({ name }) => name === 'limit')?.schema['maximum']
  return {
    parameters: Object.fromEntries(filters.map(({ name, schema }) => [name, parameterOf(name, schema as JsonObject)])),
    required: filters.filter(({ given }) => given['required'] === true).map(({ name }) => name),
    paging: pagingOf(names),
    maxLimit: typeof limit === 'number' ? limit : undefined,
  }
}

/** A header without which a request cannot be made: its name. */
export function neededHeader({ parameters }: DocumentedOperation): string | undefined {
  const found = parameters.find(
    ({ in: place, name }) => place === 'header' && !usualHeaders.has(String(name).toLowerCase()),
  )
  return found === undefined ? undefined : String(found['name'])
}

function pagingOf(names: ReadonlySet<string>): Paging {
  const hasCursor = names.has('before') || names.has('after')
  if (names.has('page') && names.has('limit')) return hasCursor ? 'page+cursor' : 'page'
  if (hasCursor) return 'cursor'
  return names.has('page') ? 'pages' : 'none'
}

function parameterOf(name: string, schema: JsonObject): Parameter {
  const values = [...listIn(schema['enum']), ...listIn((schema['items'] as JsonObject | undefined)?.['enum'])].map(
    String,
  )
  const type = typeOf(name, schema)
  // Two numbers are a flag; the values of dates and ids are no choice.
  return values.length === 0 || type === 'flag' ? type : { type, values: [...new Set(values)] }
}

function typeOf(name: string, schema: JsonObject): ParameterType {
  const type = String(Array.isArray(schema['type']) ? schema['type'][0] : (schema['type'] ?? 'string'))
  if (/:(in|not_in)$/.test(name) || type === 'array') {
    const item = type === 'array' ? String((schema['items'] as JsonObject | undefined)?.['type'] ?? 'string') : type
    return item === 'integer' ? 'integers' : item === 'number' ? 'numbers' : 'texts'
  }
  if (/(^|_)date(_|:|$)/.test(name) || schema['format'] === 'date-time' || schema['format'] === 'date') return 'date'
  if (type === 'integer' && (flags.includes(name) || isFlag(schema))) return 'flag'
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'text'
}

function isFlag(schema: JsonObject): boolean {
  const values = listIn(schema['enum']).map(String).sort().join()
  return values === '0,1' || values === '1' || (schema['minimum'] === 0 && schema['maximum'] === 1)
}
