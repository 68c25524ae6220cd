import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { AgentControl } from './control.ts'
import {
  connectionEntry,
  objectList,
  objectSchemas,
  recordSample,
  type SampleRequest,
  sampleRequest,
} from './look-ups.ts'
import { problemAnswers } from './problem.ts'

const strict = { additionalProperties: false } as const
const byName = Type.Object({ name: Type.String({ description: 'Name of a connection of the project.' }) })
const connections = Type.Object({ connections: Type.Array(connectionEntry) })
const objectsQuery = Type.Object(
  { filter: Type.Optional(Type.String({ description: 'Part of a name or label, in any case.' })) },
  strict,
)
const schemasQuery = Type.Object(
  {
    activity: Type.Optional(Type.String({ description: 'Default: the first that the object can be used with.' })),
    object: Type.String({ minLength: 1 }),
    subObject: Type.Optional(Type.String({ minLength: 1 })),
  },
  strict,
)
type ByName = Static<typeof byName>

/** What connections there are, and what can be looked up over one of them. */
export function lookUpRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get(
    '/v1/connections',
    { schema: { summary: 'Connections of the project', response: { 200: connections, ...problemAnswers } } },
    async () => ({ connections: [...(await control.connections())] }),
  )
  objectRoutes(app, control)
  sampleRoute(app, control)
}

function objectRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get<{ Params: ByName; Querystring: Static<typeof objectsQuery> }>(
    '/v1/connections/:name/objects',
    {
      schema: {
        summary: 'Objects and sub-objects of a connection',
        params: byName,
        querystring: objectsQuery,
        response: { 200: objectList, ...problemAnswers },
      },
    },
    async ({ params, query }) => control.objects(params.name, query.filter),
  )

  app.get<{ Params: ByName; Querystring: Static<typeof schemasQuery> }>(
    '/v1/connections/:name/schemas',
    {
      schema: {
        summary: 'Schemas of an object',
        description: 'What the activity takes for the object, what it yields, and its options.',
        params: byName,
        querystring: schemasQuery,
        response: { 200: objectSchemas, ...problemAnswers },
      },
    },
    async ({ params, query }) => control.schemas(params.name, query),
  )
}

function sampleRoute(app: FastifyInstance, control: AgentControl): void {
  app.post<{ Params: ByName; Body: SampleRequest }>(
    '/v1/connections/:name/query',
    {
      schema: {
        summary: 'The first records of a source',
        description: 'A sample to look at; changes nothing, and no run is made for it.',
        params: byName,
        body: sampleRequest,
        response: { 200: recordSample, ...problemAnswers },
      },
    },
    async ({ params, body: { options = {}, limit = 10, ...body } }) =>
      control.query(params.name, { ...body, options, limit }),
  )
}
