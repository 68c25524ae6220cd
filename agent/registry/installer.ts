import type { ArchiveCaps } from './archive.ts'
import type { Release } from './installed.ts'
import type { AvailableRelease, Registry } from './registry.ts'
import type { Trust } from './signature.ts'

/** What an install needs to know. */
export interface InstallParts {
  /** The releases directory. */
  readonly directory: string
  readonly trust: Trust
  readonly agentVersion: string
  readonly caps: ArchiveCaps
  readonly signal: AbortSignal
}

/**
 * Installs a release of a registry; resolves with it once it is whole and safe on disk, and does nothing when it is there
 * already. Throws CONNECTOR_INVALID, CONNECTOR_UNTRUSTED, CONNECTOR_INCOMPATIBLE, REGISTRY_UNAVAILABLE, REGISTRY_REFUSED,
 * DOWNLOAD_DAMAGED, INSTALL_FAILED; then nothing has changed.
 */
export async function install(release: AvailableRelease, registry: Registry, parts: InstallParts): Promise<Release> {
  throw new Error(`not yet: ${release.name}, ${registry.describe()}, ${parts.directory}`)
}
