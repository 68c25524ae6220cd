import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import semver from 'semver'
import { AgentError } from '../errors.ts'
import { invalid } from './invalid.ts'
import { type Manifest, type ManifestFile, manifestName, parseManifest, treeHash } from './manifest.ts'
import { type AcceptedSignature, checkSignature, type Trust } from './signature.ts'
import { entriesBelow } from './tree.ts'

/** One release in a releases directory: `<directory>/<name>/<version>-<hash>/`. */
export interface Release {
  readonly name: string
  readonly version: string
  readonly hash: string
  readonly directory: string
}

/** A release that is what its author signed, and who answers for it. */
export interface VerifiedRelease {
  readonly manifest: Manifest
  readonly signature: AcceptedSignature
}

/** The releases in a directory, of one connector or of all, in no order; whatever else lies there is passed over. */
export async function releasesIn(directory: string, only?: string): Promise<readonly Release[]> {
  const releases: Release[] = []
  const names = only === undefined ? await foldersIn(directory) : [only].filter(isConnectorName)
  for (const name of names) {
    for (const folder of await foldersIn(join(directory, name))) {
      const [, version, hash] = /^(.+)-([0-9a-f]{12})$/.exec(folder) ?? []
      if (version === undefined || hash === undefined || semver.valid(version) === null) continue
      releases.push({ name, version, hash, directory: join(directory, name, folder) })
    }
  }
  return releases
}

/** It becomes a path. */
function isConnectorName(name: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(name)
}

async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
}

/**
 * Checks that a release is the one its folder names, that its signature is trusted, that it works with this agent, and
 * that it consists of exactly the files its manifest lists. Throws CONNECTOR_INVALID, CONNECTOR_UNTRUSTED,
 * CONNECTOR_INCOMPATIBLE.
 */
export async function verifyRelease(
  release: Release,
  { trust, agentVersion }: { readonly trust: Trust; readonly agentVersion: string },
): Promise<VerifiedRelease> {
  const subject = subjectOf(release)
  const manifest = await readManifest(release.directory, subject)
  if (manifest.name !== release.name || manifest.version !== release.version) {
    throw invalid(subject, `says it is ${manifest.name} ${manifest.version}`)
  }
  if (treeHash(manifest) !== release.hash) {
    throw invalid(subject, 'has a list of files that does not match its folder name')
  }
  const signature = checkSignature(manifest, trust)
  if (signature.tag === 'refused') throw new AgentError('CONNECTOR_UNTRUSTED', `${subject} ${signature.reason}`)
  checkAgentRange(manifest, agentVersion)
  await verifyFiles(release.directory, manifest, subject)
  return { manifest, signature }
}

/** How messages name a release. */
export function subjectOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `connector ${name} ${version}`
}

/** The manifest in a folder. Throws CONNECTOR_INVALID. */
export async function readManifest(folder: string, subject: string): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch((cause: unknown) => {
    throw invalid(subject, `has no readable ${manifestName}`, cause)
  })
  return parseManifest(text, subject)
}

/** Throws CONNECTOR_INCOMPATIBLE when a release asks for another agent. Prereleases of an agent count as of its range. */
function checkAgentRange(manifest: Manifest, agentVersion: string): void {
  if (semver.satisfies(agentVersion, manifest.agent, { includePrerelease: true })) return
  throw new AgentError(
    'CONNECTOR_INCOMPATIBLE',
    `${subjectOf(manifest)} works with agents ${manifest.agent}, and this agent is ${agentVersion}`,
  )
}

/** Checks size and SHA-512 of every file that a manifest lists, and that nothing else is there. Throws CONNECTOR_INVALID. */
export async function verifyFiles(folder: string, { files }: Manifest, subject: string): Promise<void> {
  // package.json too must be listed: it decides how Node understands the main file.
  const listed = new Set([manifestName, ...files.map(({ path }) => path)])
  const folders = new Set([...listed].flatMap(parentsOf))
  for (const { path, kind } of await entriesBelow(folder)) {
    if (kind === 'folder' ? !folders.has(path) : !listed.has(path)) {
      throw invalid(subject, `holds the unlisted file ${path}`)
    }
    if (kind === 'other') throw invalid(subject, `holds what is no regular file: ${path}`)
  }
  for (const file of files) await verifyFile(folder, file, subject)
}

async function verifyFile(folder: string, { path, sizeBytes, sha512 }: ManifestFile, subject: string): Promise<void> {
  const unreadable = (cause: unknown): never => {
    throw invalid(subject, `cannot be read: ${path}`, cause)
  }
  // The size first: a file that has grown is not read into memory.
  const { size } = await lstat(join(folder, path)).catch(unreadable)
  if (size !== sizeBytes) throw invalid(subject, `size of ${path} does not match`)
  const contents = await readFile(join(folder, path)).catch(unreadable)
  if (createHash('sha512').update(contents).digest('hex') !== sha512) {
    throw invalid(subject, `integrity of ${path} does not match`)
  }
}

function parentsOf(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [parent, ...parentsOf(parent)]
}
