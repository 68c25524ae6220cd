import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AgentError, toError } from '../errors.ts'
import { type ArchiveCaps, unpack } from './archive.ts'
import { type Release, readManifest, subjectOf, verifyFiles, verifyRelease } from './installed.ts'
import { type Manifest, manifestName, treeHash } from './manifest.ts'
import { cleanQuarantine, inQuarantine } from './quarantine.ts'
import type { AvailableRelease, Registry } from './registry.ts'
import type { Trust } from './signature.ts'
import { smokeTest } from './smoke-test.ts'

/** How far an install has come. */
export type InstallStep =
  | 'begun'
  | 'downloaded'
  | 'unpacked'
  | 'verified'
  | 'tested'
  | 'synced'
  | 'set-aside'
  | 'installed'

/** What an install needs to know. */
export interface InstallParts {
  /** The releases directory; made when it is not there. */
  readonly directory: string
  readonly trust: Trust
  readonly agentVersion: string
  readonly caps: ArchiveCaps
  readonly signal: AbortSignal
  /** How long the smoke test may take; default 20,000. */
  readonly smokeTestMs?: number
  /** Called, and waited for, after each step. */
  readonly onStep?: (step: InstallStep) => void | Promise<void>
}

/** A registry that sends a byte now and then is not waited for longer. */
const downloadMs = 10 * 60_000
const smokeTestMs = 20_000
/** A connector that needs more to be imported is not healthy. */
const memoryMegabytes = 256

/**
 * Installs a release of a registry; resolves with it once it is whole and safe on disk, and changes nothing when it is
 * there already. Everything happens in the quarantine of the releases directory, which one rename ends: so whatever ends
 * an install before, nothing is half-installed. Throws CONNECTOR_INVALID, CONNECTOR_UNTRUSTED, CONNECTOR_INCOMPATIBLE,
 * SMOKE_TEST_TIMEOUT, REGISTRY_UNAVAILABLE, REGISTRY_REFUSED, DOWNLOAD_DAMAGED, INSTALL_FAILED; then nothing has changed.
 */
export async function install(offered: AvailableRelease, registry: Registry, parts: InstallParts): Promise<Release> {
  const { directory, signal } = parts
  signal.throwIfAborted()
  try {
    await cleanQuarantine(directory)
    return await inQuarantine(directory, folder => installThrough(folder, { offered, registry, parts }))
  } catch (thrown) {
    signal.throwIfAborted()
    if (!isOfTheSystem(thrown)) throw thrown
    const problem = `${subjectOf(offered)} cannot be installed to ${directory}: ${toError(thrown).message}`
    throw new AgentError('INSTALL_FAILED', problem, { cause: thrown })
  }
}

interface Order {
  readonly offered: AvailableRelease
  readonly registry: Registry
  readonly parts: InstallParts
}

async function installThrough(folder: string, { offered, registry, parts }: Order): Promise<Release> {
  const { directory, caps, signal, onStep = () => undefined } = parts
  const packed = join(folder, 'package.tgz')
  const unpacked = join(folder, 'release')
  await onStep('begun')
  await download(packed, { offered, registry, parts })
  await checkIntegrity(packed, offered, registry)
  await onStep('downloaded')

  await mkdir(unpacked)
  await unpack(packed, unpacked, caps, signal).catch(thrown => tellSubject(thrown, packed, subjectOf(offered)))
  await onStep('unpacked')

  const { name, version } = offered
  const hash = treeHash(await readManifest(unpacked, subjectOf(offered)))
  const staged = { name, version, hash, directory: unpacked }
  const { manifest } = await verifyRelease(staged, parts)
  await onStep('verified')

  const wanted = { ...staged, directory: join(directory, name, `${version}-${hash}`) }
  if (await isWhole(wanted, parts)) return wanted
  const cost = { timeoutMs: parts.smokeTestMs ?? smokeTestMs, memoryMegabytes, signal }
  await smokeTest(staged, { main: manifest.main, ...cost })
  // It had its chance to change itself.
  await verifyFiles(unpacked, manifest, subjectOf(offered))
  await onStep('tested')

  await syncTree(unpacked, manifest)
  await onStep('synced')
  signal.throwIfAborted()
  await moveTo(wanted, { staged, folder, parts })
  await onStep('installed')
  return wanted
}

async function download(toFile: string, { offered, registry, parts }: Order): Promise<void> {
  const { signal } = parts
  const patience = AbortSignal.timeout(downloadMs)
  try {
    await registry.download(offered, toFile, AbortSignal.any([signal, patience]))
  } catch (cause) {
    signal.throwIfAborted()
    if (!patience.aborted) throw cause
    const problem = `takes more than ${downloadMs / 60_000} minutes to send ${subjectOf(offered)}`
    throw new AgentError('REGISTRY_UNAVAILABLE', `${registry.describe()}: ${problem}`, { cause })
  }
}

/** What npm calls integrity is a list of hashes; only SHA-512 counts. */
async function checkIntegrity(file: string, offered: AvailableRelease, registry: Registry): Promise<void> {
  const { integrity } = offered
  if (integrity === undefined) return
  const wanted = integrity.split(/\s+/).filter(each => each.startsWith('sha512-'))
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer) // a stream of bytes
  if (wanted.includes(`sha512-${hash.digest('base64')}`)) return
  const problem = `integrity of the package does not match what ${registry.describe()} announced`
  throw new AgentError('DOWNLOAD_DAMAGED', `${subjectOf(offered)}: ${problem}`)
}

/** The name of a file in the quarantine tells people nothing. */
function tellSubject(thrown: unknown, file: string, subject: string): never {
  if (!(thrown instanceof AgentError)) throw thrown
  throw new AgentError(thrown.code, thrown.message.replace(file, subject), { cause: thrown })
}

async function isWhole(release: Release, parts: InstallParts): Promise<boolean> {
  return verifyRelease(release, parts).then(
    () => true,
    () => false,
  )
}

/** Before the rename: else a power cut may leave the name of a release over empty files. */
async function syncTree(folder: string, { files }: Manifest): Promise<void> {
  const paths = [manifestName, ...files.map(({ path }) => path)]
  const folders = new Set(paths.map(path => dirname(join(folder, path))))
  for (const path of [...paths.map(each => join(folder, each)), ...folders, folder]) await sync(path)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Moves a release to its place. Whoever comes second finds it there; what is there but damaged or untrusted is replaced. */
async function moveTo(
  wanted: Release,
  { staged, folder, parts }: { readonly staged: Release; readonly folder: string; readonly parts: InstallParts },
): Promise<void> {
  const { directory, onStep = () => undefined } = parts
  await mkdir(dirname(wanted.directory), { recursive: true })
  for (let attempt = 1; !(await moved(staged.directory, wanted.directory)); attempt += 1) {
    if (await isWhole(wanted, parts)) return
    if (attempt > 10) throw new AgentError('INSTALL_FAILED', `${wanted.directory} is replaced again and again`)
    await moved(wanted.directory, join(folder, `set-aside-${attempt}`))
    await onStep('set-aside')
  }
  await sync(dirname(wanted.directory))
  await sync(directory)
}

/** False when something is in the way, or when what was to be moved is gone. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException // of rename, which throws nothing else
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT'].includes(code)) return false
    throw thrown
  }
}

function isOfTheSystem(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'syscall' in thrown
}
