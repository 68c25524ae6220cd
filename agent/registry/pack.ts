import { createHash, type KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { toError } from '../errors.ts'
import { compileSchema, problemText } from '../schema.ts'
import { type PackedFile, packFiles, packRelease, unpack, usualCaps } from './archive.ts'
import { readManifest, subjectOf, verifyFiles } from './installed.ts'
import { invalid } from './invalid.ts'
import { type Manifest, manifestName, manifestText, parseManifest } from './manifest.ts'
import { sign } from './signature.ts'
import { entriesBelow } from './tree.ts'

/** What a manifest says beside its list of files. */
export type ConnectorDescription = Omit<Manifest, 'files' | 'signature'>

/** A release in memory: its manifest, and all its files, the manifest among them. */
export interface AssembledRelease {
  readonly manifest: Manifest
  readonly files: readonly PackedFile[]
}

/** What is taken from a package.json. */
const packageSchema = Type.Object({
  name: Type.String({ pattern: '^(@[a-z0-9._-]+/)?[a-z][a-z0-9-]*$' }),
  version: Type.String(),
  type: Type.Optional(Type.String()),
  main: Type.Optional(Type.String()),
  engines: Type.Optional(
    Type.Object({ 'commerce-agent': Type.Optional(Type.String({ description: 'Semver range of agents.' })) }),
  ),
})
type PackageFile = Static<typeof packageSchema>

/** What a connector.json may say before it is packed; the rest follows from package.json. */
const draftSchema = Type.Partial(
  Type.Object({ name: Type.String(), agent: Type.String(), logger: Type.String(), main: Type.String() }),
)

/** Lists the files of a release and, with a key, signs the list. Throws CONNECTOR_INVALID. */
export function assemble(
  description: ConnectorDescription,
  contents: readonly PackedFile[],
  key?: KeyObject,
): AssembledRelease {
  const sorted = [...contents].sort((a, b) => (a.path < b.path ? -1 : 1))
  const files = sorted.map(({ path, contents: bytes }) => ({
    path,
    sizeBytes: bytes.byteLength,
    sha512: createHash('sha512').update(bytes).digest('hex'),
  }))
  const unsigned = parseManifest(JSON.stringify({ ...description, files }), subjectOf(description))
  const manifest = key === undefined ? unsigned : sign(unsigned, key)
  return { manifest, files: [...sorted, { path: manifestName, contents: Buffer.from(manifestText(manifest)) }] }
}

/** The file name of a packed release. */
export function archiveName({ name, version }: Pick<Manifest, 'name' | 'version'>): string {
  return `${name}-${version}.tgz`
}

/**
 * Packs the folder of a built connector into `<out>/<name>-<version>.tgz`; returns the file. Throws CONNECTOR_INVALID.
 * The folder holds package.json, the main file, what that imports, and perhaps a connector.json without a list of files.
 */
export async function packConnector(
  folder: string,
  { out, key }: { readonly out: string; readonly key?: KeyObject | undefined },
): Promise<{ readonly file: string; readonly manifest: Manifest }> {
  const description = await describeFolder(folder)
  const { manifest, files } = assemble(description, await contentsOf(folder), key)
  const file = join(out, archiveName(manifest))
  await writeWhole(file, packFiles(files, subjectOf(manifest)))
  return { file, manifest }
}

async function describeFolder(folder: string): Promise<ConnectorDescription> {
  const described = await readPackageFile(folder)
  const draft = await readJson(join(folder, manifestName), draftSchema, true)
  const name = draft?.name ?? described.name.replace(/^.*\//, '')
  const main = (draft?.main ?? described.main ?? 'index.js').replace(/^\.\//, '')
  const agent = draft?.agent ?? described.engines?.['commerce-agent']
  if (agent === undefined) {
    throw invalid(folder, 'names no agents: add their versions to package.json as engines.commerce-agent')
  }
  if (main.endsWith('.js') && described.type !== 'module') {
    throw invalid(folder, 'is no ES module: package.json needs "type": "module"')
  }
  return { name, version: described.version, agent, logger: draft?.logger ?? `org.jitterbit.connector.${name}`, main }
}

/** The package.json of a folder. Throws CONNECTOR_INVALID. */
async function readPackageFile(folder: string): Promise<PackageFile> {
  const described = await readJson(join(folder, 'package.json'), packageSchema, false)
  if (described === undefined) throw invalid(folder, 'has no package.json')
  return described
}

async function readJson<S extends typeof packageSchema | typeof draftSchema>(
  file: string,
  schema: S,
  isOptional: boolean,
): Promise<Static<S> | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (isOptional && thrown.code === 'ENOENT') return undefined
    throw invalid(file, `cannot be read: ${thrown.message}`, thrown)
  })
  if (text === undefined) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (thrown) {
    throw invalid(file, `is no JSON: ${toError(thrown).message}`, thrown)
  }
  const checked = compileSchema(schema)(parsed)
  if (!checked.ok) throw invalid(file, checked.problems.map(problemText).join('; '))
  return checked.value
}

/** The files of a folder less its manifest, hidden files and packages. Throws where a secret or a dependency would slip in. */
async function contentsOf(folder: string): Promise<readonly PackedFile[]> {
  const found: PackedFile[] = []
  for (const { path, location, kind } of await entriesBelow(folder)) {
    if (/(^|\/)\./.test(path) || path.endsWith('.tgz') || path === manifestName) continue
    if (path.split('/').includes('node_modules')) {
      throw invalid(folder, 'holds node_modules: bundle what the connector needs into its main file')
    }
    if (/\.(key|pem)$/.test(path)) throw invalid(folder, `holds what may be a secret key: ${path}`)
    if (kind === 'folder') continue
    if (kind === 'other') throw invalid(folder, `holds what is no regular file: ${path}`)
    found.push({ path, contents: await readFile(location) })
  }
  return found
}

/**
 * Signs a packed release, or a release folder, in place of any signature it had, after its files have been checked.
 * Throws CONNECTOR_INVALID.
 */
export async function signRelease(target: string, key: KeyObject, signal: AbortSignal): Promise<Manifest> {
  if (!target.endsWith('.tgz')) return signFolder(target, key)
  return withUnpacked(target, signal, async folder => {
    const manifest = await signFolder(folder, key)
    await writeWhole(target, await packRelease(folder))
    return manifest
  })
}

async function signFolder(folder: string, key: KeyObject): Promise<Manifest> {
  const manifest = await readManifest(folder, folder)
  await verifyFiles(folder, manifest, subjectOf(manifest))
  const signed = sign(manifest, key)
  await writeWhole(join(folder, manifestName), Buffer.from(manifestText(signed)))
  return signed
}

/** What a packed release says of itself. */
export interface PackedDescription {
  readonly manifest: Manifest
  /** Its package.json as it is. */
  readonly packageFile: PackageFile & { readonly [key: string]: unknown }
}

/** Reads a packed release and checks its files against its manifest, not its signature. Throws CONNECTOR_INVALID. */
export function readPacked(file: string, signal: AbortSignal): Promise<PackedDescription> {
  return withUnpacked(file, signal, async folder => {
    const manifest = await readManifest(folder, file)
    await verifyFiles(folder, manifest, subjectOf(manifest))
    const packageFile = await readPackageFile(folder)
    if (packageFile.version !== manifest.version) {
      throw invalid(file, `says ${manifest.version} in ${manifestName} and ${packageFile.version} in package.json`)
    }
    return { manifest, packageFile }
  })
}

async function withUnpacked<T>(file: string, signal: AbortSignal, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'connector-'))
  try {
    await unpack(file, folder, usualCaps, signal)
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Nobody ever reads half a file, and a command that is killed leaves the old one. */
async function writeWhole(file: string, contents: Uint8Array): Promise<void> {
  const partial = join(dirname(file), `.${basename(file)}.${process.pid}.partial`)
  try {
    await writeFile(partial, contents)
    await rename(partial, file)
  } catch (thrown) {
    await rm(partial, { force: true })
    throw thrown
  }
}
