import type { ConnectionEntry } from '../api/look-ups.ts'
import { AgentError } from '../errors.ts'
import type { ApiClient } from './api-client.ts'

/** A connection, and the words that are left when it was named by the first of them. */
export interface Chosen {
  readonly connection: string
  readonly words: readonly string[]
}

/**
 * Which connection a command means: the option's; else the one that the first word names; else the only one that has
 * objects. Throws CONNECTION_NOT_FOUND naming those there are.
 */
export async function chooseConnection(
  client: ApiClient,
  words: readonly string[],
  option: string | undefined,
): Promise<Chosen> {
  if (option !== undefined) return { connection: option, words }
  const { connections } = await client.get<{ connections: ConnectionEntry[] }>('/v1/connections')
  const [first = '', ...rest] = words
  if (connections.some(({ name }) => name === first)) return { connection: first, words: rest }
  const [only, ...others] = connections.filter(({ hasObjects }) => hasObjects)
  if (only !== undefined && others.length === 0) return { connection: only.name, words }
  throw new AgentError('CONNECTION_NOT_FOUND', problemOf(connections, only === undefined ? [] : [only, ...others]))
}

function problemOf(all: readonly ConnectionEntry[], withObjects: readonly ConnectionEntry[]): string {
  const names = (entries: readonly ConnectionEntry[]) => entries.map(({ name }) => JSON.stringify(name)).join(', ')
  if (withObjects.length > 0) return `several connections have objects, name one of them first: ${names(withObjects)}`
  if (all.length === 0) return 'the project has no connections'
  const problems = all.flatMap(({ name, problem }) => (problem === undefined ? [] : [`; ${name}: ${problem}`]))
  return `no connection of the project has objects to choose from, name one first: ${names(all)}${problems.join('')}`
}

/** A connection and an object of it. */
export interface ChosenObject {
  readonly connection: string
  readonly object: string
  readonly subObject: string | undefined
}

/** What `[connection] <object> [sub-object]` means. Throws CONNECTION_NOT_FOUND, REQUEST_INVALID. */
export async function chooseObject(
  client: ApiClient,
  given: readonly string[],
  option: string | undefined,
): Promise<ChosenObject> {
  const { connection, words } = await chooseConnection(client, given, option)
  const [object, subObject, ...more] = words
  if (object === undefined) throw new AgentError('REQUEST_INVALID', `an object of ${connection} is missing`)
  if (more.length === 0) return { connection, object, subObject }
  throw new AgentError(
    'REQUEST_INVALID',
    `${JSON.stringify(given.join(' '))} is more than an object and a sub-object of ${connection}`,
  )
}
