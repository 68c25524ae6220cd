import type { Connector } from '../sdk/connector.ts'
import { type BigCommerceConnection, openConnection } from './connection.ts'
import { query } from './query.ts'
import { settingsSchema } from './settings.ts'
import { createTarget } from './write/target.ts'

/** The connector for BigCommerce stores: REST Management API, v3 and v2. */
const bigcommerce: Connector<BigCommerceConnection> = {
  name: 'bigcommerce',
  version: '0.1.0',
  settings: settingsSchema,
  connect: openConnection,
  activities: {
    Query: query,
    Create: createTarget('Create'),
    Update: createTarget('Update'),
    Delete: createTarget('Delete'),
  },
}

export default bigcommerce
