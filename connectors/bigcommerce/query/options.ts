import { type Static, Type } from '@sinclair/typebox'
import type { JsonSchema } from '../../sdk/connector.ts'
import type { ObjectFacts, Parameter, ParameterType } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'
import { changeBoundsOf } from './change-bounds.ts'
import { sortFieldsOf } from './sorting.ts'

const filterValue = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.Union([Type.String(), Type.Number()])),
])
const key = Type.Union([Type.String({ minLength: 1 }), Type.Integer()])
const keyOrKeys = Type.Union([key, Type.Array(key, { minItems: 1 })])

/** Options of the activity Query. */
export const optionsSchema = Type.Object(
  {
    object: Type.String({ description: 'What to read: products, customers, orders and all others of the store.' }),
    subObject: Type.Optional(
      Type.String({ description: 'What to read below the object: images of products, shipments of orders.' }),
    ),
    keys: Type.Optional(
      Type.Record(Type.String(), keyOrKeys, {
        description: 'Keys of the records above a sub-object, like `product_id`, one or a list; default: all records.',
      }),
    ),
    id: Type.Optional(
      Type.Union([key, Type.Array(key, { minItems: 1 })], {
        description: 'Read only the record with this key, or those.',
      }),
    ),
    filters: Type.Optional(
      Type.Record(Type.String(), filterValue, {
        description: "The object's own filters, like `id:min`; lists for those that end in `:in`.",
      }),
    ),
    include: Type.Optional(
      Type.Array(Type.String(), { description: 'Parts to read along, like variants; default none.' }),
    ),
    fields: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: 'Read only these fields; default: those the transformation needs, else all.',
      }),
    ),
    sort: Type.Optional(Type.String({ description: 'Field to sort by; default: the id where the object offers it.' })),
    direction: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { description: 'Default asc.' })),
    pageSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 250,
        description: 'Records per request; default 250, or `limit` when that is less.',
      }),
    ),
    readAhead: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 16,
        description: 'Requests at the same time; default 4, up to 16 when the store is slow to answer.',
      }),
    ),
    changedSince: Type.Optional(
      Type.Union(
        [
          Type.String(),
          Type.Object(
            {
              lastSuccess: Type.Literal(true),
              overlapSeconds: Type.Optional(
                Type.Integer({
                  minimum: 0,
                  maximum: 604_800,
                  description:
                    'How much of the time before is read again; what has not changed is left out. Default 300.',
                }),
              ),
              first: Type.Optional(
                Type.String({
                  description: 'What the first run reads: everything (default), or a time with its offset.',
                }),
              ),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description:
            'Read only what has changed: last-success, for since the last run of the operation that succeeded, or a time with its offset like 2026-11-25T08:30:00Z.',
        },
      ),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Read at most so many records; default all.' })),
  },
  { additionalProperties: false },
)

/** Options of a query as the host has checked them. */
export type QueryOptions = Static<typeof optionsSchema>

/** Parameters that are options of their own. */
export const ownParameters: readonly string[] = ['include', 'sort', 'direction', 'include_fields']

/** The options as far as an object has them, its filters one by one. */
export function optionsSchemaOf(object: ObjectFacts): JsonSchema {
  const routes = routesOf(object, 'Query')
  const parameters: { readonly [name: string]: Parameter } = Object.assign(
    {},
    ...routes.map(({ operation }) => operation.parameters ?? {}),
  )
  const filters = Object.entries(parameters).filter(([name]) => !ownParameters.includes(name))
  const keys = [...new Set(routes.flatMap(route => keysIn(templateOf(route))))]
  const { include, sort, direction, changedSince, keys: _, ...properties } = optionsSchema.properties
  const [name, subObject] = object.parent === undefined ? [object.name, undefined] : [object.parent, object.name]
  return {
    type: 'object',
    title: fullName(object),
    properties: {
      ...properties,
      object: { const: name },
      ...(subObject === undefined ? {} : { subObject: { const: subObject } }),
      filters: {
        type: 'object',
        properties: Object.fromEntries(filters.map(filterSchema)),
        additionalProperties: false,
      },
      ...(changeBoundsOf(object) === undefined ? {} : { changedSince }),
      ...(keys.length === 0
        ? {}
        : {
            keys: {
              type: 'object',
              properties: Object.fromEntries(keys.map(each => [each, keyOrKeys])),
              additionalProperties: false,
            },
          }),
      ...(parameters['include'] === undefined
        ? {}
        : { include: { ...include, items: choiceOf(parameters['include']) } }),
      ...(parameters['sort'] === undefined ? {} : { sort: { ...sort, ...sortChoice(routes) } }),
      ...(parameters['sort'] === undefined && parameters['direction'] === undefined ? {} : { direction }),
    },
    required: subObject === undefined ? ['object'] : ['object', 'subObject'],
    additionalProperties: false,
  }
}

function sortChoice(routes: readonly Route[]): JsonSchema {
  const fields = routes.flatMap(({ operation }) => sortFieldsOf(operation))
  return { type: 'string', enum: [...new Set(fields.flatMap(field => [field, `${field}:asc`, `${field}:desc`]))] }
}

function choiceOf(parameter: Parameter): JsonSchema {
  return typeof parameter === 'string' ? { type: 'string' } : { type: 'string', enum: parameter.values }
}

function filterSchema([name, parameter]: [string, Parameter]): [string, JsonSchema] {
  const type = typeof parameter === 'string' ? parameter : parameter.type
  const each: JsonSchema = {
    type: jsonTypes[type],
    ...(typeof parameter === 'string' || type.startsWith('integer') ? {} : { enum: parameter.values }),
  }
  return [
    name,
    isPlural(type) ? { anyOf: [{ type: 'array', items: each, minItems: 1 }, { type: each['type'] }] } : each,
  ]
}

const jsonTypes: { readonly [type in ParameterType]: JsonSchema[string] } = {
  integer: 'integer',
  number: 'number',
  text: 'string',
  boolean: 'boolean',
  flag: 'boolean',
  date: 'string',
  integers: 'integer',
  numbers: 'number',
  texts: 'string',
}

function isPlural(type: ParameterType): boolean {
  return type === 'integers' || type === 'numbers' || type === 'texts'
}
