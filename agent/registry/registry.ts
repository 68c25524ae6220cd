import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { AgentError, toError } from '../errors.ts'
import { createFolderRegistry } from './folder-registry.ts'
import { createNpmRegistry } from './npm-registry.ts'

/** A release that a registry offers. */
export interface AvailableRelease {
  /** Of the connector: `bigcommerce`. */
  readonly name: string
  readonly version: string
  /** The channels (dist-tags) that point at it: `latest`. */
  readonly channels: readonly string[]
  /** Hash of the package as the registry announces it (Subresource Integrity); what is downloaded has to match. */
  readonly integrity?: string
  readonly sizeBytes?: number
  /** Address or file of the package. */
  readonly from: string
}

/** Where releases come from: an npm-compatible registry, or a folder of packages. */
export interface Registry {
  /** For messages: `registry https://npm.example.com`. */
  describe(): string
  /** Every release of a connector, newest first; none when the registry does not know it. Throws REGISTRY_UNAVAILABLE, REGISTRY_REFUSED. */
  available(name: string, signal: AbortSignal): Promise<readonly AvailableRelease[]>
  /**
   * Writes the package into a file that is not there yet. Its integrity is the caller's to check. Throws
   * REGISTRY_UNAVAILABLE, REGISTRY_REFUSED; errors of the file system (disk full) are passed on.
   */
  download(release: AvailableRelease, toFile: string, signal: AbortSignal): Promise<void>
}

/** The packages that came with the agent. */
const embedded = join(import.meta.dirname, '..', '..', 'registry')

/** How long a registry may be silent. */
const timeoutMs = 15_000

/** The registry of the configuration; without one, the packages that came with the agent. Throws CONFIG_INVALID. */
export function openRegistry({ connectors }: Pick<Config, 'connectors'>): Registry {
  const { registry = embedded, scope, token, caFile, maxPackageMegabytes } = connectors
  if (!/^https?:/.test(registry)) return createFolderRegistry(registry)
  const ca = caFile === undefined ? undefined : readCertificates(caFile)
  try {
    return createNpmRegistry({ url: registry, scope, token, ca, timeoutMs, maxPackageBytes: maxPackageMegabytes * 1e6 })
  } catch (cause) {
    throw new AgentError('CONFIG_INVALID', 'connectors.registry is no address', { cause })
  }
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AgentError('CONFIG_INVALID', `connectors.caFile cannot be read: ${toError(cause).message}`, { cause })
  }
}
