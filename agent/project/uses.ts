import type { ConnectionUse } from '../../connectors/sdk/connector.ts'
import type { OperationDefinition } from '../run/operation.ts'
import type { Project } from './project.ts'
import { fillIn } from './variables.ts'

/**
 * What the operations of a project do over one of its connections, each activity with its object once. Operations that
 * cannot be understood are left out: `agent validate` tells of them. A name that only a job's variable completes stays
 * as it is written.
 */
export async function usesOf(connection: string, project: Project): Promise<readonly ConnectionUse[]> {
  const variables = await project.variables().catch(() => ({}))
  const names = await project.operations()
  const operations = await Promise.all(names.map(name => project.operation(name).catch(() => undefined)))
  const uses = operations
    .flatMap(found => (found === undefined ? [] : [found.value.source, found.value.target]))
    .filter(step => step.connection === connection)
    .map(step => useOf(step, variables))
  return [...new Map(uses.map(use => [JSON.stringify(use), use])).values()]
}

function useOf(
  { activity, options = {} }: OperationDefinition['source'],
  variables: Parameters<typeof fillIn>[1],
): ConnectionUse {
  const [object, subObject] = [options['object'], options['subObject']].map(name => filled(name, variables))
  const keys = namesIn(options['keys'])
  return {
    activity,
    ...(object === undefined ? {} : { object }),
    ...(subObject === undefined ? {} : { subObject }),
    ...(keys.length === 0 ? {} : { keys }),
  }
}

function namesIn(keys: unknown): readonly string[] {
  return typeof keys === 'object' && keys !== null ? Object.keys(keys).sort() : []
}

function filled(name: unknown, variables: Parameters<typeof fillIn>[1]): string | undefined {
  if (typeof name !== 'string') return undefined
  try {
    return String(fillIn(name, variables, () => ''))
  } catch {
    return name
  }
}
