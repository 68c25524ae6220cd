import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import semver from 'semver'
import type { Connector } from '../../connectors/sdk/connector.ts'
import { AgentError, toError } from '../errors.ts'

/** `connector.json`: what a release is and which files it consists of. */
const manifestSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
  version: Type.String(),
  logger: Type.String(),
  main: Type.String(),
  files: Type.Array(
    Type.Object({
      path: Type.String(),
      sizeBytes: Type.Integer(),
      sha512: Type.String({ pattern: '^[0-9a-f]{128}$' }),
    }),
    { minItems: 1 },
  ),
})
type Manifest = Static<typeof manifestSchema>
const isManifest = new Ajv({ strict: true }).compile<Manifest>(manifestSchema)

/** One release in a releases directory: `<directory>/<name>/<version>-<hash>/`. */
export interface Release {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly directory: string
}

/** A connector in memory, and the release it came from. */
export interface LoadedConnector {
  readonly connector: Connector
  readonly release: Release
}

/** Finds, verifies and imports releases; imports nothing before it is asked for. */
export interface ConnectorLoader {
  /** Installed releases, newest first within a name. */
  installed(): Promise<readonly Release[]>
  /** The newest installed release that satisfies the semver range. Throws CONNECTOR_NOT_FOUND, CONNECTOR_INVALID. */
  load(name: string, range?: string): Promise<LoadedConnector>
}

/** A loader over releases directories; the first that holds a release wins. */
export function createLoader(directories: readonly string[]): ConnectorLoader {
  const loaded = new Map<string, Promise<LoadedConnector>>()

  async function installed(): Promise<readonly Release[]> {
    const found = await Promise.all(directories.map(releasesIn))
    return found.flat().sort((a, b) => a.name.localeCompare(b.name) || semver.rcompare(a.version, b.version))
  }

  return {
    installed,
    async load(name, range) {
      const release = chooseRelease(await installed(), name, range)
      const known = loaded.get(release.directory)
      if (known !== undefined) return known
      const loading = importRelease(release)
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

/** Checks size and SHA-512 of every file that the manifest lists, and that no other file stands beside them. */
export async function verifyRelease(release: Release): Promise<Manifest> {
  const manifest = await readManifest(release)
  // package.json too must be listed: it decides how Node understands the main file.
  const listed = new Set(['connector.json', ...manifest.files.map(file => file.path)])
  for (const entry of await readdir(release.directory)) {
    if (!listed.has(entry)) throw invalid(release, `holds the unlisted file ${entry}`)
  }
  if (!manifest.files.some(file => file.path === manifest.main)) throw invalid(release, 'does not list its main file')
  for (const { path, sizeBytes, sha512 } of manifest.files) {
    if (isAbsolute(path) || normalize(path).startsWith('..'))
      throw invalid(release, `names a file outside itself: ${path}`)
    const contents = await readFile(join(release.directory, path)).catch((cause: unknown) => {
      throw invalid(release, `cannot be read: ${path}`, cause)
    })
    if (contents.byteLength !== sizeBytes) throw invalid(release, `size of ${path} does not match`)
    if (createHash('sha512').update(contents).digest('hex') !== sha512) {
      throw invalid(release, `integrity of ${path} does not match`)
    }
  }
  return manifest
}

async function releasesIn(directory: string): Promise<readonly Release[]> {
  const releases: Release[] = []
  for (const name of await foldersIn(directory)) {
    for (const folder of await foldersIn(join(directory, name))) {
      const [, version, hash] = /^(.+)-([0-9a-f]{12})$/.exec(folder) ?? []
      if (version === undefined || hash === undefined || semver.valid(version) === null) continue
      releases.push({ name, version, hash, directory: join(directory, name, folder) })
    }
  }
  return releases
}

async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
}

async function readManifest(release: Release): Promise<Manifest> {
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(join(release.directory, 'connector.json'), 'utf8'))
  } catch (cause) {
    throw invalid(release, 'has no readable connector.json', cause)
  }
  if (!isManifest(parsed)) throw invalid(release, 'has a connector.json that does not fit its schema')
  if (parsed.name !== release.name || parsed.version !== release.version) {
    throw invalid(release, `says it is ${parsed.name} ${parsed.version}`)
  }
  const hash = createHash('sha512').update(JSON.stringify(parsed.files)).digest('hex').slice(0, 12)
  if (hash !== release.hash) throw invalid(release, 'has a list of files that does not match its folder name')
  return parsed
}

async function importRelease(release: Release): Promise<LoadedConnector> {
  const { main } = await verifyRelease(release)
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(join(release.directory, main)).href)
  } catch (thrown) {
    throw invalid(release, `cannot be imported: ${toError(thrown).message}`, thrown)
  }
  const connector = module.default
  if (!isConnector(connector)) throw invalid(release, 'does not export a connector as its default')
  if (connector.name !== release.name || connector.version !== release.version) {
    throw invalid(release, `exports connector ${connector.name} ${connector.version}`)
  }
  return { connector, release }
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

function invalid(release: Release, problem: string, cause?: unknown): AgentError {
  return new AgentError('CONNECTOR_INVALID', `connector ${release.name} ${release.version}: ${problem}`, { cause })
}
