import type {
  Connection,
  JsonValue,
  RunContext,
  SourceActivity,
  TargetActivity,
} from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import type { Redactor } from '../logs/redact.ts'
import type { ResolvedOperation, ResolvedStep } from '../project/resolve.ts'
import type { ConnectorLoader, LoadedConnector } from '../registry/loader.ts'
import { type ActivityOf, findActivity, optionProblems, type Role } from './activities.ts'
import type { StateEntries } from './checkpoint.ts'
import { secretSettings } from './secret-settings.ts'

/** One side of a run: a connection, the activity on it and what the connector may use. */
export interface Endpoint<A> {
  readonly activity: A
  readonly connection: Connection
  readonly options: unknown
  readonly context: RunContext
  /** `bigcommerce 0.1.0`, for the operation log. */
  readonly release: string
  /** What the connector wants to find again after a crash. */
  state(): StateEntries
}

/** Both sides of a run, checked and connected. */
export interface Endpoints {
  readonly source: Endpoint<SourceActivity>
  readonly target: Endpoint<TargetActivity>
}

/** What the host gives a connector, less the state. */
export type BareContext = Omit<RunContext, 'state'>

/**
 * Loads both connectors, checks activities and options, then connects; nothing is connected when anything is wrong.
 * `opened` is told of each connection, so that the caller closes it whatever happens afterwards.
 */
export async function openEndpoints(
  operation: ResolvedOperation,
  parts: {
    readonly loader: ConnectorLoader
    readonly contextFor: (step: ResolvedStep) => BareContext
    readonly state: { readonly source: StateEntries; readonly target: StateEntries }
    readonly opened: (connection: Connection) => void
    readonly redactor: Redactor
  },
): Promise<Endpoints> {
  const source = await chooseActivity('source', operation.source, parts.loader)
  const target = await chooseActivity('target', operation.target, parts.loader)

  async function open<A>(step: ResolvedStep, chosen: Chosen<A>, entries: StateEntries): Promise<Endpoint<A>> {
    const state = new Map<string, JsonValue>(Object.entries(entries))
    const context = { ...parts.contextFor(step), state: stateOver(state) }
    const { connector, release } = chosen.loaded
    parts.redactor.add(secretSettings(connector, step.settings))
    const connection = await connector.connect(step.settings, context)
    parts.opened(connection)
    return {
      activity: chosen.activity,
      connection,
      options: step.options,
      context,
      release: `${release.name} ${release.version}`,
      state: () => Object.fromEntries(state),
    }
  }

  return {
    source: await open(operation.source, source, parts.state.source),
    target: await open(operation.target, target, parts.state.target),
  }
}

interface Chosen<A> {
  readonly loaded: LoadedConnector
  readonly activity: A
}

/** The activity an operation names. Throws ACTIVITY_UNKNOWN, or OPERATION_INVALID when its options do not fit. */
async function chooseActivity<R extends Role>(
  role: R,
  step: ResolvedStep,
  loader: ConnectorLoader,
): Promise<Chosen<ActivityOf<R>>> {
  const loaded = await loader.load(step.connector, step.version)
  const activity = findActivity(role, loaded.connector, step.activity)
  const problems = optionProblems(activity, step.options, loaded.checkOf)
  if (problems !== undefined) {
    throw new AgentError(
      'OPERATION_INVALID',
      `${role} options do not fit ${step.connector} ${step.activity}: ${problems}`,
    )
  }
  return { loaded, activity }
}

function stateOver(entries: Map<string, JsonValue>): RunContext['state'] {
  return {
    get: key => entries.get(key),
    set: (key, value) => {
      entries.set(key, value)
    },
  }
}
