import type { ActivitySchemas, Connection, Connector, RunContext } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'

/** The schemas of an object for an activity; by default the first that the object can be used with. */
export async function schemasOf(
  wanted: { readonly activity?: string; readonly object: string; readonly subObject?: string },
  {
    connection,
    connector,
    context,
  }: { readonly connection: Connection; readonly connector: Connector; readonly context: RunContext },
): Promise<{ readonly activity: string; readonly schemas: ActivitySchemas }> {
  const { object, subObject } = wanted
  const activity = wanted.activity ?? (await firstActivity(wanted, connection, connector))
  if (!Object.hasOwn(connector.activities, activity)) {
    const offered = Object.keys(connector.activities).join(', ')
    throw new AgentError(
      'ACTIVITY_UNKNOWN',
      `connector ${connector.name} has no activity ${JSON.stringify(activity)} (it has: ${offered || 'none'})`,
    )
  }
  return { activity, schemas: await connection.schemas(activity, object, subObject, context) }
}

/** An object that is not listed gets the first activity there is: the connector says best what is wrong with it. */
async function firstActivity(
  { object, subObject }: { readonly object: string; readonly subObject?: string },
  connection: Connection,
  { name: connector, activities }: Connector,
): Promise<string> {
  const [name, parent] = subObject === undefined ? [object, undefined] : [subObject, object]
  const described = (await connection.objects()).find(each => each.name === name && each.parent === parent)
  const [first] = described?.activities ?? Object.keys(activities)
  if (first !== undefined) return first
  throw new AgentError('ACTIVITY_UNKNOWN', `connector ${connector} can do nothing with ${subObject ?? object}`)
}
