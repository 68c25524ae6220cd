import type { ActivitySchemas } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, routesOf } from '../catalogue/objects.ts'
import { optionsSchemaOf, type WriteActivityName } from './options.ts'
import { requestSchemaOf } from './request-schema.ts'

/**
 * What an activity takes for an object: the schema of a single record's request, where there is one; else that of a
 * list. Throws OBJECT_UNKNOWN when the object has no such activity.
 */
export function writeSchemasOf(activity: WriteActivityName, object: ObjectFacts): ActivitySchemas {
  const routes = routesOf(object, activity)
  const [first] = routes
  if (first === undefined) throw new ConnectorError('OBJECT_UNKNOWN', `${fullName(object)} has no activity ${activity}`)
  const options = optionsSchemaOf(activity)
  if (activity === 'Delete') return { options }
  const route = routes.find(({ operation }) => operation.form === 'one') ?? first
  return { request: requestSchemaOf(object, route, activity), options }
}
