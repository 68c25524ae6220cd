import type { ActivitySchemas, JsonSchema } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { fullName, type Route, routesOf } from '../catalogue/objects.ts'
import { keysIn, templateOf } from '../paths.ts'
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
  return { request: withKeys(requestSchemaOf(object, route, activity), route), options }
}

/** A record carries the keys of its path too; they are not sent in the body. */
function withKeys(schema: JsonSchema, route: Route): JsonSchema {
  const { properties } = schema
  if (properties === undefined) return schema
  const keys = keysIn(templateOf(route)).map(name => [name, { type: ['integer', 'string'] }])
  return { ...schema, properties: { ...Object.fromEntries(keys), ...(properties as object) } }
}
