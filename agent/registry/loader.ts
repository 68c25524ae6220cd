import { dirname, resolve } from 'node:path'
import semver from 'semver'
import type { Connector } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import { importRelease } from './import-release.ts'
import { type Release, releasesIn, type VerifiedRelease, verifyRelease } from './installed.ts'
import type { AcceptedSignature, Trust } from './signature.ts'

/** A connector in memory, the release it came from, and who answers for it. */
export interface LoadedConnector {
  readonly connector: Connector
  readonly release: Release
  readonly signature: AcceptedSignature
}

/** A directory that is searched for releases, and whose releases count there. */
export interface ReleasesDirectory {
  readonly path: string
  readonly trust: Trust
}

/** Finds, verifies and imports releases; imports nothing before it is asked for. */
export interface ConnectorLoader {
  /** Installed releases, newest first within a name. */
  installed(): Promise<readonly Release[]>
  /** Verifies an installed release, imports nothing. Throws CONNECTOR_INVALID, CONNECTOR_UNTRUSTED, CONNECTOR_INCOMPATIBLE. */
  verify(release: Release): Promise<VerifiedRelease>
  /** The newest installed release that satisfies the semver range. Throws CONNECTOR_NOT_FOUND and what `verify` throws. */
  load(name: string, range?: string): Promise<LoadedConnector>
}

/** A loader over releases directories; the first that holds a release wins. */
export function createLoader(parts: {
  readonly directories: readonly ReleasesDirectory[]
  readonly agentVersion: string
  /** Called when a release without a signature has been imported. */
  readonly onUnsigned?: (release: Release) => void
}): ConnectorLoader {
  const { directories, agentVersion, onUnsigned } = parts
  const loaded = new Map<string, Promise<LoadedConnector>>()

  async function installed(): Promise<readonly Release[]> {
    const found = await Promise.all(directories.map(({ path }) => releasesIn(path)))
    return found.flat().sort((a, b) => a.name.localeCompare(b.name) || semver.rcompare(a.version, b.version))
  }

  function verify(release: Release): Promise<VerifiedRelease> {
    const home = resolve(dirname(dirname(release.directory)))
    const trust = directories.find(({ path }) => resolve(path) === home)?.trust ?? { keys: [], allowUnsigned: false }
    return verifyRelease(release, { trust, agentVersion })
  }

  async function importVerified(release: Release): Promise<LoadedConnector> {
    const { manifest, signature } = await verify(release)
    const connector = await importRelease(release, manifest.main)
    if (signature.tag === 'unsigned') onUnsigned?.(release)
    return { connector, release, signature }
  }

  return {
    installed,
    verify,
    async load(name, range) {
      const release = chooseRelease(await installed(), name, range)
      const known = loaded.get(release.directory)
      if (known !== undefined) return known
      const loading = importVerified(release)
      loaded.set(release.directory, loading)
      // A release that failed may be mended on the disk, so the next run tries again.
      loading.catch(() => loaded.delete(release.directory))
      return loading
    },
  }
}

/** The newest release of that name within the range. Throws CONNECTOR_NOT_FOUND naming what there is instead. */
function chooseRelease(releases: readonly Release[], name: string, range?: string): Release {
  const named = releases.filter(release => release.name === name)
  const fitting = named.find(({ version }) => range === undefined || semver.satisfies(version, range))
  if (fitting !== undefined) return fitting
  const there = named.length === 0 ? [...new Set(releases.map(each => each.name))] : named.map(each => each.version)
  const wanted = range === undefined || named.length === 0 ? name : `${name} ${range}`
  throw new AgentError(
    'CONNECTOR_NOT_FOUND',
    `connector ${wanted} is not installed (installed: ${there.join(', ') || 'none'})`,
  )
}
