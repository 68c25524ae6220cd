import type {
  ActivitySchemas,
  Connection,
  ConnectionReport,
  ConnectionUse,
  DataRecord,
  ObjectDescription,
  RunContext,
} from '../../connectors/sdk/connector.ts'
import { ConnectorError } from '../../connectors/sdk/errors.ts'
import { atMost } from '../at-most.ts'
import { errorCode, toError } from '../errors.ts'
import type { ResolvedConnection } from '../project/resolve.ts'
import type { LoadedConnector } from '../registry/loader.ts'
import { withinGrace } from './grace.ts'
import type { RunParts } from './run.ts'
import { readSample } from './sample.ts'
import { schemasOf } from './schemas-of.ts'
import { secretSettings } from './secret-settings.ts'

/** What can be asked over a connection of the project outside a run; nothing of it changes anything at the vendor. */
export type ConnectionRequest = { readonly connection: string } & (
  | { readonly tag: 'test'; readonly uses: readonly ConnectionUse[] }
  | { readonly tag: 'objects'; readonly filter?: string }
  /** The activity: by default the first that the object can be used with. */
  | { readonly tag: 'schemas'; readonly activity?: string; readonly object: string; readonly subObject?: string }
  /** The activity: by default the only source of the connector. */
  | { readonly tag: 'query'; readonly activity?: string; readonly options: unknown; readonly limit: number }
)

type Found =
  | { readonly tag: 'test'; readonly report: ConnectionReport }
  | { readonly tag: 'objects'; readonly objects: readonly ObjectDescription[] }
  | { readonly tag: 'schemas'; readonly activity: string; readonly schemas: ActivitySchemas }
  | { readonly tag: 'query'; readonly activity: string; readonly records: readonly DataRecord[] }

/** The answer to the request of the same tag, with the release that gave it. */
export type ConnectionAnswer = Found & { readonly connector: string; readonly version: string }

const closeMs = 5_000

/**
 * Opens a connection, asks, and closes it. Throws what the loader or the connector throws, with a code; a failed test
 * is an answer like any other, unless the connector cannot be loaded or the signal aborts.
 */
export async function lookUp(
  request: ConnectionRequest,
  resolved: ResolvedConnection,
  parts: Pick<RunParts, 'loader' | 'loggers' | 'pacing' | 'redactor'> & { readonly signal: AbortSignal },
): Promise<ConnectionAnswer> {
  const { redactor, signal } = parts
  redactor.add(resolved.secrets)
  const loaded = await parts.loader.load(resolved.connector, resolved.version)
  redactor.add(secretSettings(loaded.connector, resolved.settings))
  const runId = `${request.tag}-${resolved.connectionName}`
  const context: RunContext = {
    runId,
    signal,
    // Somebody waits for the answer: it must not stand in the queue of a big read.
    pacing: parts.pacing.over(resolved.connectionName, resolved.connector, 'test'),
    log: parts.loggers.forConnector(resolved.connector, { runId }),
    state: { get: () => undefined, set: () => undefined },
    tell: () => undefined,
  }
  const found = await findOut(request, { loaded, settings: resolved.settings, context })
  // Vendors like to repeat in their answers what they were sent.
  const json = JSON.stringify(found)
  const masked = found.tag === 'query' ? redactor.redactData(json) : redactor.redactJson(json)
  const clean = JSON.parse(masked) as Found // same shape, masked texts
  return { ...clean, connector: loaded.release.name, version: loaded.release.version }
}

interface Opening {
  readonly loaded: LoadedConnector
  readonly settings: unknown
  readonly context: RunContext
}

async function findOut(request: ConnectionRequest, opening: Opening): Promise<Found> {
  try {
    return await overConnection(opening, connection => ask(request, connection, opening))
  } catch (thrown) {
    opening.context.signal.throwIfAborted()
    const failure = toError(thrown)
    const code = errorCode(failure) ?? 'CONNECTOR_FAULT'
    if (request.tag === 'test') {
      return { tag: 'test', report: { ok: false, message: failure.message, code, checks: [], details: {} } }
    }
    if (code !== 'CONNECTOR_FAULT') throw thrown
    const { name, version } = opening.loaded.release
    throw new ConnectorError(code, `connector ${name} ${version} failed: ${failure.message}`, { cause: thrown })
  }
}

async function overConnection<T>(
  { loaded, settings, context }: Opening,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await withinGrace(loaded.connector.connect(settings, context), context.signal)
  try {
    return await withinGrace(work(connection), context.signal)
  } finally {
    await atMost(connection.close(), closeMs)
  }
}

async function ask(request: ConnectionRequest, connection: Connection, { loaded, context }: Opening): Promise<Found> {
  switch (request.tag) {
    case 'test':
      return { tag: 'test', report: await connection.test(context, request.uses) }
    case 'objects':
      return { tag: 'objects', objects: await connection.objects(request.filter) }
    case 'schemas':
      return { tag: 'schemas', ...(await schemasOf(request, { connection, connector: loaded.connector, context })) }
    case 'query':
      return { tag: 'query', ...(await readSample(request, { connection, connector: loaded.connector, context })) }
    default:
      return request satisfies never
  }
}
