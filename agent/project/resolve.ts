import { AgentError } from '../errors.ts'
import type { LogMessages } from '../run/log-messages.ts'
import {
  type ConnectionDefinition,
  type OperationDebug,
  type OperationDefinition,
  type OperationJob,
  operationNameOf,
  type Transformation,
} from '../run/operation.ts'
import { type StopRule, stopRuleOf } from '../run/stop-rule.ts'
import { openProject, type Variables } from './project.ts'
import { asSecretReference, readSecret, type SecretSources } from './secrets.ts'
import { fillIn } from './variables.ts'

/** A connection with its variables and secrets filled in. */
export interface ResolvedConnection {
  /** `inline` when the operation brings the connection along. */
  readonly connectionName: string
  readonly connector: string
  readonly version?: string
  readonly settings: unknown
  /** The secret values among the settings, for masking. */
  readonly secrets: readonly string[]
}

/** One side of an operation, ready to run. */
export interface ResolvedStep extends ResolvedConnection {
  readonly activity: string
  readonly options: unknown
}

/** An operation, ready to run. */
export interface ResolvedOperation {
  readonly name: string
  readonly source: ResolvedStep
  readonly target: ResolvedStep
  readonly transformation?: Transformation
  readonly timeoutSeconds?: number
  readonly stopRule: StopRule
  readonly logMessages: LogMessages
  readonly debug?: OperationDebug
}

/** Turns what people wrote into what runs. */
export interface Resolver {
  /** Throws the errors of projects, variables and secrets. */
  operation(job: OperationJob): Promise<ResolvedOperation>
  connection(name: string): Promise<ResolvedConnection>
}

type Role = 'source' | 'target'
type Locate = (path: readonly (string | number)[]) => string

/** A definition, where it stands, and whether it came with a job instead of the project. */
interface Found<T> {
  readonly value: T
  readonly locate: Locate
  readonly isForeign: boolean
}

/** A resolver over a project folder. */
export function createResolver(sources: SecretSources): Resolver {
  const project = openProject(sources.directory)

  async function findOperation({ operation }: OperationJob): Promise<Found<OperationDefinition>> {
    if (typeof operation !== 'string') return { value: operation, locate: inJob('operation'), isForeign: true }
    const { value, file } = await project.operation(operation)
    return { value, locate: file.locate, isForeign: false }
  }

  async function findConnection(
    role: Role,
    { value: operation, locate, isForeign }: Found<OperationDefinition>,
  ): Promise<Found<ConnectionDefinition> & { readonly name: string }> {
    const { connection } = operation[role]
    if (typeof connection !== 'string') {
      return {
        value: connection,
        locate: path => locate([role, 'connection', ...path]),
        isForeign,
        name: 'inline',
      }
    }
    const { value, file } = await project.connection(connection)
    return { value, locate: file.locate, isForeign: false, name: connection }
  }

  async function resolveConnection(
    { value, locate, isForeign, name }: Found<ConnectionDefinition> & { readonly name: string },
    variables: Variables,
  ): Promise<ResolvedConnection> {
    const { connector, version } = value
    const filled = fillIn(value.settings ?? {}, variables, path => locate(['settings', ...path]))
    const secrets: string[] = []
    const settings = Object.fromEntries(
      await Promise.all(
        Object.entries(filled as object).map(async ([key, setting]) => {
          const reference = asSecretReference(setting)
          if (reference === undefined) return [key, setting]
          const secret = await readSecretOf(key, reference, { locate, isForeign })
          secrets.push(secret)
          return [key, secret]
        }),
      ),
    )
    return { connectionName: name, connector, ...(version === undefined ? {} : { version }), settings, secrets }
  }

  async function readSecretOf(
    key: string,
    reference: NonNullable<ReturnType<typeof asSecretReference>>,
    { locate, isForeign }: Pick<Found<unknown>, 'locate' | 'isForeign'>,
  ): Promise<string> {
    const where = `${locate(['settings', key])}: setting ${key}`
    if (isForeign && !('encrypted' in reference)) {
      // Whoever may enqueue a job must not read the agent's environment or files by it.
      throw new AgentError('SECRET_UNAVAILABLE', `${where}: a definition inside a job may only bring encrypted secrets`)
    }
    try {
      return await readSecret(reference, sources)
    } catch (thrown) {
      if (!(thrown instanceof AgentError)) throw thrown
      throw new AgentError(thrown.code, `${where}: ${thrown.message}`, { cause: thrown })
    }
  }

  async function resolveStep(
    role: Role,
    found: Found<OperationDefinition>,
    { own, variables }: { readonly own: Variables; readonly variables: Variables },
  ): Promise<ResolvedStep> {
    const step = found.value[role]
    const named = await findConnection(role, found)
    // A job may not lead a connection of the project elsewhere: its secrets would go there.
    const connection = await resolveConnection(named, named.isForeign ? variables : own)
    const options = fillIn(step.options ?? {}, variables, path => found.locate([role, 'options', ...path]))
    return { ...connection, activity: step.activity, options }
  }

  return {
    async operation(job) {
      const found = await findOperation(job)
      const own = await project.variables()
      const variables = { ...own, ...job.variables }
      const { transformation, timeoutSeconds, debug } = found.value
      return {
        name: operationNameOf(job),
        source: await resolveStep('source', found, { own, variables }),
        target: await resolveStep('target', found, { own, variables }),
        ...(transformation === undefined
          ? {}
          : { transformation: fillConstants(transformation, variables, found.locate) }),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        stopRule: stopRuleOf(job, found.value),
        logMessages: job.logMessages ?? found.value.logMessages ?? 'everything',
        ...(debug === undefined ? {} : { debug }),
      }
    },
    async connection(name) {
      const { value, file } = await project.connection(name)
      return resolveConnection({ value, locate: file.locate, isForeign: false, name }, await project.variables())
    },
  }
}

function inJob(root: string): Locate {
  return path => `job /${[root, ...path].join('/')}`
}

/** Only constants take variables: brackets mean something else in paths and expressions. */
function fillConstants(transformation: Transformation, variables: Variables, locate: Locate): Transformation {
  if (transformation.fields === undefined) return transformation
  const fields = Object.entries(transformation.fields).map(([name, rule]) => {
    if (typeof rule === 'string' || !('value' in rule)) return [name, rule]
    return [
      name,
      { value: fillIn(rule.value, variables, path => locate(['transformation', 'fields', name, 'value', ...path])) },
    ]
  })
  return { ...transformation, fields: Object.fromEntries(fields) }
}
