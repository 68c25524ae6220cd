import type { ActivitySchemas, Connection, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { activityNames } from './catalogue/activities.ts'
import { describeObjects, findObject, fullName, routesOf } from './catalogue/objects.ts'
import { createClient, type StoreClient } from './client.ts'
import { optionsSchemaOf } from './query/options.ts'
import { responseSchemaOf } from './schemas.ts'
import { parseSettings } from './settings.ts'
import { testStore } from './store-test.ts'
import { writeSchemasOf } from './write/schemas.ts'

/** A connection to one store. */
export interface BigCommerceConnection extends Connection {
  readonly client: StoreClient
}

/** Opens a connection; sends nothing. Throws SETTINGS_INVALID. */
export async function openConnection(settings: unknown, _context: RunContext): Promise<BigCommerceConnection> {
  const store = parseSettings(settings)
  const client = createClient(store)
  return {
    client,
    test: (context, uses) => testStore(store, client, { context, uses }),
    objects: async filter => describeObjects(filter),
    schemas: async (activity, object, subObject) => schemasOf(activity, object, subObject),
    close: () => client.close(),
  }
}

function schemasOf(activity: string, name: string, subObject: string | undefined): ActivitySchemas {
  const known = activityNames.find(each => each === activity)
  if (known === undefined) {
    throw new ConnectorError('OBJECT_UNKNOWN', `there is no activity ${JSON.stringify(activity)}`)
  }
  const object = findObject(name, subObject)
  if (known !== 'Query') return writeSchemasOf(known, object)
  if (routesOf(object, 'Query').length > 0) {
    return { response: responseSchemaOf(object), options: optionsSchemaOf(object) }
  }
  throw new ConnectorError('OBJECT_UNKNOWN', `${fullName(object)} can be written, not read`)
}
