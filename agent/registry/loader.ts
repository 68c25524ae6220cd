import { dirname, resolve } from 'node:path'
import semver from 'semver'
import type { Connector } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import { compileJsonSchemasOnce } from '../schema.ts'
import { importRelease } from './import-release.ts'
import { type Release, releasesIn, type VerifiedRelease, verifyRelease } from './installed.ts'
import { chooseReleases, releasesToChooseFrom } from './selection.ts'
import type { AcceptedSignature, Trust } from './signature.ts'

/** A connector in memory, the release it came from, and who answers for it. */
export interface LoadedConnector {
  readonly connector: Connector
  readonly release: Release
  readonly signature: AcceptedSignature
  /** Checks by its schemas, each compiled once. */
  readonly checkOf: ReturnType<typeof compileJsonSchemasOnce>
}

/** A directory that is searched for releases, and whose releases count there. */
export interface ReleasesDirectory {
  readonly path: string
  readonly trust: Trust
}

/** Finds, verifies and imports releases; imports nothing before it is asked for. */
export interface ConnectorLoader {
  /**
   * Installed releases, of one connector or of all, newest first within a name; of two with one version, that of the first
   * directory comes first.
   */
  installed(name?: string): Promise<readonly Release[]>
  /** Verifies an installed release, imports nothing. Throws CONNECTOR_INVALID, CONNECTOR_UNTRUSTED, CONNECTOR_INCOMPATIBLE. */
  verify(release: Release): Promise<VerifiedRelease>
  /**
   * The best release within the semver range that can be loaded: when the best of all cannot, the next one is tried.
   * Throws what the choice throws; when none can be loaded, what stood in the way of the best.
   */
  load(name: string, range?: string): Promise<LoadedConnector>
}

/** Told of what a loader does. */
export interface LoaderWatcher {
  /** A release has been imported; called once for each. */
  readonly onLoaded?: (loaded: LoadedConnector) => void
  /** A release cannot be loaded; an older one may take its place. Called at each try. */
  readonly onRefused?: (release: Release, error: AgentError) => void
}

/** The releases of a connector that may be loaded, the best first. */
export type ReleaseChoice = (name: string, range: string | undefined) => Promise<readonly Release[]>

/** A loader over releases directories; the first that holds a release wins. */
export function createLoader(parts: {
  readonly directories: readonly ReleasesDirectory[]
  readonly agentVersion: string
  /** Default: the newest first. */
  readonly choose?: ReleaseChoice
  readonly watcher?: LoaderWatcher
}): ConnectorLoader {
  const { directories, agentVersion, watcher = {} } = parts
  const loaded = new Map<string, Promise<LoadedConnector>>()

  async function installed(name?: string): Promise<readonly Release[]> {
    const found = (await Promise.all(directories.map(({ path }) => releasesIn(path, name)))).flat()
    return found.sort((a, b) => a.name.localeCompare(b.name) || semver.rcompare(a.version, b.version))
  }

  function verify(release: Release): Promise<VerifiedRelease> {
    const home = resolve(dirname(dirname(release.directory)))
    const trust = directories.find(({ path }) => resolve(path) === home)?.trust ?? { keys: [], allowUnsigned: false }
    return verifyRelease(release, { trust, agentVersion })
  }

  async function importVerified(release: Release): Promise<LoadedConnector> {
    const { manifest, signature } = await verify(release)
    const connector = await importRelease(release, manifest.main)
    const result = { connector, release, signature, checkOf: compileJsonSchemasOnce() }
    watcher.onLoaded?.(result)
    return result
  }

  function loadRelease(release: Release): Promise<LoadedConnector> {
    const known = loaded.get(release.directory)
    if (known !== undefined) return known
    const loading = importVerified(release)
    loaded.set(release.directory, loading)
    // A release that failed may be mended on the disk, so the next run tries again.
    loading.catch(() => loaded.delete(release.directory))
    return loading
  }

  async function newestFirst(name: string, range: string | undefined): Promise<readonly Release[]> {
    return chooseReleases({ installed: await releasesToChooseFrom({ installed }, name), name, range }).releases
  }
  const choose = parts.choose ?? newestFirst

  return {
    installed,
    verify,
    async load(name, range) {
      let first: unknown
      for (const release of await choose(name, range)) {
        try {
          return await loadRelease(release)
        } catch (thrown) {
          if (!(thrown instanceof AgentError)) throw thrown
          watcher.onRefused?.(release, thrown)
          first ??= thrown
        }
      }
      throw first
    },
  }
}
