import type { FactSchema, Form, Operation, Parameter } from '../../connectors/bigcommerce/catalogue/facts.ts'
import { type DocumentedOperation, follow } from './documents.ts'
import { isObject, objectAt } from './json.ts'
import {
  batches,
  bodiesOfDeletes,
  concurrencies,
  holders,
  inData,
  keysets,
  lists,
  optionalParameters,
  parameterTypes,
  upserts,
} from './overlay.ts'
import { neededHeader, type ParameterFacts, parameterFacts } from './parameters.ts'
import { mediaTypesOf, type Resource, shapeOf } from './resources.ts'
import { plainSchema, type SchemaUse } from './schemas.ts'

type Placed = Resource['operations'][number]

/** The facts of one request. */
export function operationFacts(placed: Placed): Operation {
  const shape = shapeOf(placed.path)
  const key = `${placed.method} ${shape}`
  const query = parameterFacts(placed)
  const answer = answerOf(placed, shape)
  const body = bodyOf(placed, key)
  const parameters = parametersOf(key, query)
  const form = formOf(placed, { isList: answer.isList, body, hasFilters: Object.keys(parameters).length > 0, key })
  const required = query.required.filter(name => !(optionalParameters[key] ?? []).includes(name))
  return {
    method: placed.method,
    form,
    ...(placed.at === 'collection' ? {} : { at: placed.at }),
    ...(upserts.includes(key) ? { upsert: true } : {}),
    ...(placed.operation['deprecated'] === true ? { deprecated: true } : {}),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...(required.length === 0 ? {} : { required }),
    ...(form === 'list' ? { paging: keysets.includes(shape) ? 'keyset' : query.paging } : {}),
    ...(form === 'list' && query.maxLimit !== undefined ? { maxLimit: query.maxLimit } : {}),
    ...(body.record === undefined ? {} : { body: body.record }),
    ...(body.holder === undefined ? {} : { holder: body.holder }),
    ...(answer.record === undefined ? {} : { record: answer.record }),
    ...(answer.envelope === undefined ? {} : { envelope: answer.envelope }),
    ...(answer.isList && placed.method !== 'GET' ? { answersList: true } : {}),
    ...(batches[key] === undefined ? {} : { maxBatch: batches[key] }),
    ...(concurrencies[key] === undefined ? {} : { maxConcurrent: concurrencies[key] }),
  }
}

function parametersOf(key: string, { parameters }: ParameterFacts): { readonly [name: string]: Parameter } {
  return { ...parameters, ...parameterTypes[key] }
}

interface Answered {
  readonly record: FactSchema | undefined
  readonly envelope: 'data' | 'bare' | undefined
  readonly isList: boolean
}

/** What comes back when all is well. Answers without JSON, and the errors, are left out. */
function answerOf({ operation, document }: DocumentedOperation, shape: string): Answered {
  const responses = objectAt(operation, 'responses')
  const found = Object.keys(responses)
    .filter(status => /^2/.test(status))
    .map(status => jsonSchemaOf(document, responses[status], 'response'))
    .find(schema => schema !== undefined && Object.keys(schema).length > 0)
  if (found === undefined) return { record: undefined, envelope: undefined, isList: lists.includes(shape) }
  const data = (found['properties'] as FactSchema | undefined)?.['data'] as FactSchema | undefined
  const content = data ?? found
  const list = listIn(content)
  return {
    record: recordIn(list ?? content),
    envelope: data !== undefined || inData.includes(shape) ? 'data' : 'bare',
    isList: list !== undefined || lists.includes(shape),
  }
}

/** The records of an answer that is a list, or may be one. */
function listIn(schema: FactSchema): FactSchema | undefined {
  const branches = [schema, ...((schema['anyOf'] as readonly FactSchema[] | undefined) ?? [])]
  const list = branches.find(branch => hasType(branch, 'array'))
  return list === undefined ? undefined : ((list['items'] as FactSchema | undefined) ?? {})
}

function recordIn(schema: FactSchema): FactSchema | undefined {
  return hasType(schema, 'object') || schema['anyOf'] !== undefined ? schema : undefined
}

export function hasType(schema: FactSchema, type: string): boolean {
  const given = schema['type']
  return given === type || (Array.isArray(given) && given.includes(type))
}

interface Body {
  readonly record?: FactSchema
  readonly holder?: string
  readonly shape: 'none' | 'one' | 'array' | 'either' | 'multipart'
}

function bodyOf({ operation, document, method }: DocumentedOperation, key: string): Body {
  const schema = jsonSchemaOf(document, operation['requestBody'], 'request')
  const known = bodiesOfDeletes[key]
  if (known !== undefined) return { record: known as FactSchema, shape: 'array' }
  if (schema === undefined) {
    const isForm = mediaTypesOf(document, operation['requestBody']).includes('multipart/form-data')
    return { shape: isForm ? 'multipart' : 'none' }
  }
  // What a DELETE has in its body is no record.
  if (method === 'DELETE') return { record: schema, shape: 'one' }
  const holder = holders[key]
  if (holder !== undefined) {
    const held = (schema['properties'] as FactSchema)[holder] as FactSchema
    return { record: listIn(held) ?? {}, holder, shape: 'array' }
  }
  const branches = (schema['anyOf'] as readonly FactSchema[] | undefined) ?? []
  const items = listIn(schema)
  if (items === undefined) return { record: schema, shape: 'one' }
  const single = branches.find(branch => !hasType(branch, 'array'))
  return { record: items, shape: single === undefined ? 'array' : 'either' }
}

function jsonSchemaOf(
  document: DocumentedOperation['document'],
  holder: unknown,
  use: SchemaUse,
): FactSchema | undefined {
  if (!isObject(holder as never)) return undefined
  const content = objectAt(follow(document, holder as never), 'content')
  const type = Object.keys(content).find(name => /^application\/([a-z.+-]+\+)?json/.test(name))
  if (type === undefined) return undefined
  const schema = objectAt(content, type)['schema']
  return schema === undefined ? undefined : plainSchema(document, schema, use)
}

function formOf(
  placed: Placed,
  { isList, body, hasFilters, key }: { isList: boolean; body: Body; hasFilters: boolean; key: string },
): Form {
  switch (placed.method) {
    case 'GET':
      return placed.at !== 'collection' ? 'get' : isList ? 'list' : 'read'
    case 'POST':
    case 'PUT':
      return formOfWrite(body, key)
    default:
      return formOfDelete(placed, body, hasFilters)
  }
}

function formOfWrite(body: Body, key: string): Form {
  if (body.holder !== undefined) return 'holder'
  switch (body.shape) {
    case 'array':
      return 'array'
    case 'either':
      return 'one-or-array'
    case 'multipart':
      return 'multipart'
    case 'one':
      return 'one'
    default:
      throw new Error(`${key}: a request without a body is not understood; is it a command?`)
  }
}

function formOfDelete(placed: Placed, body: Body, hasFilters: boolean): Form {
  if (placed.at !== 'collection') return 'item'
  if (body.shape !== 'none') return 'body'
  if (neededHeader(placed) !== undefined) return 'header'
  return hasFilters ? 'filter' : 'all'
}
