import type { ActivitySchemas, Connection, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { activityNames } from './catalogue/activities.ts'
import type { ObjectFacts } from './catalogue/facts.ts'
import { describeObjects, findObject, fullName, routesOf } from './catalogue/objects.ts'
import { createClient, type StoreClient } from './client.ts'
import { addStoreFacts } from './live/live-schemas.ts'
import { createStoreFacts } from './live/store-facts.ts'
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
  const facts = createStoreFacts(client)
  return {
    client,
    test: (context, uses) => testStore(store, client, { context, uses }),
    objects: async filter => describeObjects(filter),
    async schemas(activity, name, subObject, context) {
      const object = findObject(name, subObject)
      const schemas = schemasOf(activity, object)
      return context === undefined ? schemas : addStoreFacts(schemas, object, { facts, context })
    },
    close: () => client.close(),
  }
}

function schemasOf(activity: string, object: ObjectFacts): ActivitySchemas {
  const known = activityNames.find(each => each === activity)
  if (known === undefined) {
    throw new ConnectorError('OBJECT_UNKNOWN', `there is no activity ${JSON.stringify(activity)}`)
  }
  if (known !== 'Query') return writeSchemasOf(known, object)
  if (routesOf(object, 'Query').length > 0) {
    return { response: responseSchemaOf(object), options: optionsSchemaOf(object) }
  }
  throw new ConnectorError('OBJECT_UNKNOWN', `${fullName(object)} can be written, not read`)
}
