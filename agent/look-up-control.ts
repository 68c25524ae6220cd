import { ConnectorError, type ConnectorErrorCode, connectorErrors } from '../connectors/sdk/errors.ts'
import type { AgentControl } from './api/control.ts'
import { AgentError, type AgentErrorCode, agentErrors } from './errors.ts'
import type { Project } from './project/project.ts'
import { usesOf } from './project/uses.ts'
import type { ReleaseSupply } from './registry/supply.ts'
import type { LookUpAnswer, LookUpOutcome, LookUpRequest } from './run/look-ups.ts'
import type { Runners } from './runners.ts'

type LookUpControl = Pick<AgentControl, 'connections' | 'testConnection' | 'objects' | 'schemas' | 'query'>

/** What the API can ask of connections; a runner does the work, as only runners import connectors. */
export function createLookUpControl({
  project,
  runners,
  supply,
}: {
  readonly project: Project
  readonly runners: Pick<Runners, 'lookUp'>
  readonly supply: Pick<ReleaseSupply, 'beforeTest'>
}): LookUpControl {
  async function ask<R extends LookUpRequest>(request: R): Promise<Extract<LookUpAnswer, { tag: R['tag'] }>> {
    // A mistyped name needs no runner to be told.
    if (request.tag !== 'connections') await project.connection(request.connection)
    const outcome = await runners.lookUp(request)
    if (!outcome.ok) throw errorOf(outcome)
    return outcome.answer as Extract<LookUpAnswer, { tag: R['tag'] }> // a runner answers what it was asked
  }

  return {
    connections: async () => (await ask({ tag: 'connections' })).connections,
    async testConnection(connection) {
      const startedAt = performance.now()
      const { value } = await project.connection(connection)
      await supply.beforeTest(value.connector, value.version)
      const uses = await usesOf(connection, project)
      const { connector, version, report } = await ask({ tag: 'test', connection, uses })
      const durationMs = Math.round(performance.now() - startedAt)
      return { ...report, checks: [...report.checks], connection, connector, version, durationMs }
    },
    async objects(connection, filter) {
      const wanted = { tag: 'objects', connection, ...(filter === undefined ? {} : { filter }) } as const
      const { connector, version, objects } = await ask(wanted)
      const listed = objects.map(object => ({ ...object, activities: [...object.activities] }))
      return { connection, connector, version, objects: listed }
    },
    async schemas(connection, wanted) {
      const { connector, version, activity, schemas } = await ask({ tag: 'schemas', connection, ...wanted })
      const { object, subObject } = wanted
      const what = { object, ...(subObject === undefined ? {} : { subObject }) }
      return { connection, connector, version, activity, ...what, ...schemas }
    },
    async query(connection, wanted) {
      const { connector, version, activity, records } = await ask({ tag: 'query', connection, ...wanted })
      return { connection, connector, version, activity, records: [...records] }
    },
  }
}

/** The runner's error as one of this process, with its code. */
function errorOf({ code, message }: Extract<LookUpOutcome, { ok: false }>): Error {
  if (Object.hasOwn(agentErrors, code)) return new AgentError(code as AgentErrorCode, message) // one of its keys
  if (Object.hasOwn(connectorErrors, code)) return new ConnectorError(code as ConnectorErrorCode, message) // likewise
  // A connector newer than this agent may have codes that are not in our table.
  return new ConnectorError('CONNECTOR_FAULT', `${code}: ${message}`)
}
