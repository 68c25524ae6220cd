import type { Connector, SourceActivity, TargetActivity } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import type { LoadedConnector } from '../registry/loader.ts'
import { compileJsonSchema, problemText } from '../schema.ts'

/** The two sides an activity can stand on. */
export type Role = 'source' | 'target'
export type ActivityOf<R extends Role> = R extends 'source' ? SourceActivity : TargetActivity

/** The activity of that name and role. Throws ACTIVITY_UNKNOWN naming what there is. */
export function findActivity<R extends Role>(role: R, { name: connector, activities }: Connector, name: string) {
  const activity = Object.hasOwn(activities, name) ? activities[name] : undefined
  // The role is compared here; the compiler cannot carry that through the type parameter.
  if (activity?.role === role) return activity as ActivityOf<R>
  const offered = namesOfRole(role, activities).join(', ') || 'none'
  throw new AgentError(
    'ACTIVITY_UNKNOWN',
    `connector ${connector} has no ${role} activity ${JSON.stringify(name)} (it has: ${offered})`,
  )
}

/** The only activity of a role. Throws ACTIVITY_UNKNOWN when there is none, or a choice. */
export function onlyActivity(role: Role, { name: connector, activities }: Connector): string {
  const [name, ...others] = namesOfRole(role, activities)
  if (name === undefined) throw new AgentError('ACTIVITY_UNKNOWN', `connector ${connector} has no ${role} activity`)
  if (others.length === 0) return name
  const offered = [name, ...others].join(', ')
  throw new AgentError(
    'ACTIVITY_UNKNOWN',
    `connector ${connector} has several ${role} activities, name one: ${offered}`,
  )
}

/** What is wrong with the options of an activity; undefined when they fit its schema. */
export function optionProblems(
  activity: SourceActivity | TargetActivity,
  options: unknown,
  checkOf: LoadedConnector['checkOf'] = compileJsonSchema,
): string | undefined {
  const checked = checkOf(activity.options)(options)
  return checked.ok ? undefined : checked.problems.map(problemText).join('; ')
}

function namesOfRole(role: Role, activities: Connector['activities']): readonly string[] {
  return Object.keys(activities).filter(name => activities[name]?.role === role)
}
