import type { ConnectionReport } from '../../connectors/sdk/connector.ts'
import { errorCode, toError } from '../errors.ts'
import type { ResolvedConnection } from '../project/resolve.ts'
import { atMost, withinGrace } from './grace.ts'
import type { RunParts } from './run.ts'
import { secretSettings } from './secret-settings.ts'

/** What a test found, and the release that looked. */
export interface ConnectionVerdict {
  readonly connector: string
  readonly version: string
  readonly report: ConnectionReport
}

const closeMs = 5_000

/**
 * Opens a connection, lets the connector find out who we are, and closes it. Rejects only when the connector cannot be
 * loaded or the signal aborts; settings that do not fit are a finding like any other.
 */
export async function testConnection(
  resolved: ResolvedConnection,
  parts: Pick<RunParts, 'loader' | 'loggers' | 'pacing' | 'redactor'>,
  signal: AbortSignal,
): Promise<ConnectionVerdict> {
  parts.redactor.add(resolved.secrets)
  const { connector, release } = await parts.loader.load(resolved.connector, resolved.version)
  parts.redactor.add(secretSettings(connector, resolved.settings))
  const runId = `test-${resolved.connectionName}`
  const context = {
    runId,
    signal,
    pacing: parts.pacing,
    log: parts.loggers.forConnector(resolved.connector, { runId }),
    state: { get: () => undefined, set: () => undefined },
    tell: () => undefined,
  }
  const verdict = (report: ConnectionReport): ConnectionVerdict => {
    // Vendors like to repeat in their answers what they were sent.
    const clean = JSON.parse(parts.redactor.redact(JSON.stringify(report))) as ConnectionReport // same shape, masked texts
    return { connector: release.name, version: release.version, report: clean }
  }
  try {
    const connection = await withinGrace(connector.connect(resolved.settings, context), signal)
    try {
      return verdict(await withinGrace(connection.test(context), signal))
    } finally {
      await atMost(connection.close(), closeMs)
    }
  } catch (thrown) {
    signal.throwIfAborted()
    const failure = toError(thrown)
    const code = errorCode(failure) ?? 'CONNECTOR_FAULT'
    return verdict({ ok: false, message: failure.message, code, checks: [], details: {} })
  }
}
