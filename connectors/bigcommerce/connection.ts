import type { Connection, RunContext } from '../sdk/connector.ts'
import { ConnectorError } from '../sdk/errors.ts'
import { describeObjects, findObject } from './catalogue.ts'
import { createClient, type StoreClient } from './client.ts'
import { optionsSchema } from './query-options.ts'
import { responseSchemaOf } from './schemas.ts'
import { parseSettings } from './settings.ts'
import { testStore } from './store-test.ts'

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
    async schemas(activity, object) {
      if (activity !== 'Query')
        throw new ConnectorError('OBJECT_UNKNOWN', `there is no activity ${JSON.stringify(activity)}`)
      return { response: responseSchemaOf(findObject(object)), options: optionsSchema }
    },
    close: () => client.close(),
  }
}
