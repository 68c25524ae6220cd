import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { type AgentControl, connectorDetail, connectorUpdate, installedRelease } from './control.ts'
import { problemAnswers } from './problem.ts'

const strict = { additionalProperties: false } as const
const byName = Type.Object({
  name: Type.String({ pattern: '^[a-z][a-z0-9-]*$', description: 'Name of a connector, like bigcommerce.' }),
})
const version = Type.String({ minLength: 1, maxLength: 100 })
const connectors = Type.Object({ connectors: Type.Array(installedRelease) })
const updateRequest = Type.Object(
  {
    version: Type.Optional(version),
    force: Type.Optional(
      Type.Boolean({ description: 'Although the policy forbids it, it is older than what was trusted, or it failed.' }),
    ),
  },
  strict,
)
const pinRequest = Type.Object(
  { range: Type.String({ minLength: 1, maxLength: 100, description: 'A version or a range: 1.4.2, 1.4.x, ^1.4.' }) },
  strict,
)
const rollbackRequest = Type.Object({ version: Type.Optional(version) }, strict)

type ByName = { Params: Static<typeof byName> }

/** Releases of connectors: which there are, and which is used. */
export function connectorRoutes(app: FastifyInstance, control: AgentControl): void {
  app.get(
    '/v1/connectors',
    {
      schema: {
        summary: 'Installed releases of connectors, each verified just now',
        response: { 200: connectors, ...problemAnswers },
      },
    },
    async () => ({ connectors: [...(await control.connectors())] }),
  )

  const detail = { params: byName, response: { 200: connectorDetail, ...problemAnswers } }
  app.get<ByName>(
    '/v1/connectors/:name',
    { schema: { summary: 'A connector: what is installed, in use, offered and quarantined', ...detail } },
    async ({ params }) => control.connector(params.name),
  )

  app.post<ByName & { Body: Static<typeof updateRequest> }>(
    '/v1/connectors/:name/update',
    {
      schema: {
        summary: 'Ask the registry and install what it has: the newest of the channel or the pin, or a version',
        params: byName,
        body: updateRequest,
        response: { 200: connectorUpdate, ...problemAnswers },
      },
    },
    async ({ params, body }) => control.updateConnector(params.name, body),
  )

  app.put<ByName & { Body: Static<typeof pinRequest> }>(
    '/v1/connectors/:name/pin',
    { schema: { summary: 'Use only a version or a range of versions', body: pinRequest, ...detail } },
    async ({ params, body }) => control.pinConnector(params.name, body.range),
  )

  app.delete<ByName>(
    '/v1/connectors/:name/pin',
    { schema: { summary: 'Use the newest release again', ...detail } },
    async ({ params }) => control.unpinConnector(params.name),
  )

  app.post<ByName & { Body: Static<typeof rollbackRequest> }>(
    '/v1/connectors/:name/rollback',
    {
      schema: {
        summary: 'Go back to an older release that is installed',
        description: 'What is newer and installed is quarantined; a release that is newer still is taken again.',
        body: rollbackRequest,
        ...detail,
      },
    },
    async ({ params, body }) => control.rollBackConnector(params.name, body),
  )
}
