import type { TSchema } from '@sinclair/typebox'
import type { FastifySchemaCompiler } from 'fastify'
import { AgentError } from '../errors.ts'
import { compileSchema, problemText } from '../schema.ts'

/** What is looked at of the schema of a query or of path parameters. */
interface TextSchema {
  readonly properties: { readonly [name: string]: { readonly type?: string; readonly default?: unknown } }
}

/**
 * Compiles the schemas of requests. A body is taken as it is: were its values coerced, the variable 5 would reach the
 * operation as the text "5". Queries and path parameters are texts by nature and become what their schema asks for.
 */
export const compileRequestSchema: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = compileSchema(schema)
  const isBody = httpPart === 'body'
  const place = httpPart === 'querystring' ? 'query ' : ''
  return given => {
    const checked = check(isBody ? given : fromTexts(schema as TSchema & TextSchema, given)) // ours are all objects
    if (checked.ok) return { value: checked.value }
    const detail = checked.problems.map(problem => `${place}${problemText(problem)}`).join('; ')
    return { error: new AgentError('REQUEST_INVALID', detail) }
  }
}

function fromTexts({ properties }: TextSchema, given: { readonly [name: string]: unknown }): object {
  const values: { [name: string]: unknown } = { ...given }
  for (const [name, { type, default: otherwise }] of Object.entries(properties)) {
    const value = fromText(given[name] ?? otherwise, type)
    if (value !== undefined) values[name] = value
  }
  return values
}

/** A text that is not of the type stays as it is, for the check to name. */
function fromText(value: unknown, type: string | undefined): unknown {
  if (type === 'integer' && typeof value === 'string' && /^-?\d+$/.test(value)) return Number(value)
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}
