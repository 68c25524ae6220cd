import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Connector } from '../../connectors/sdk/connector.ts'
import { toError } from '../errors.ts'
import { type Release, subjectOf } from './installed.ts'
import { invalid } from './invalid.ts'

/**
 * Imports the main file of a release, which the caller has verified: the one place where foreign code comes in. Throws
 * CONNECTOR_INVALID when it exports anything but the connector that the release names.
 */
export async function importRelease(release: Release, main: string): Promise<Connector> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(join(release.directory, main)).href)
  } catch (thrown) {
    throw invalid(subjectOf(release), `cannot be imported: ${toError(thrown).message}`, thrown)
  }
  const connector = module.default
  if (!isConnector(connector)) throw invalid(subjectOf(release), 'does not export a connector as its default')
  if (connector.name !== release.name || connector.version !== release.version) {
    throw invalid(subjectOf(release), `exports connector ${connector.name} ${connector.version}`)
  }
  return connector
}

function isConnector(value: unknown): value is Connector {
  if (typeof value !== 'object' || value === null) return false
  const { name, version, settings, connect, activities } = value as Partial<Connector> // each member is checked below
  return (
    typeof name === 'string' &&
    typeof version === 'string' &&
    typeof settings === 'object' &&
    typeof connect === 'function' &&
    typeof activities === 'object'
  )
}
