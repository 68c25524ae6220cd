import { createHash } from 'node:crypto'
import { copyFile, link, readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fetch } from 'undici'
import { AgentError, toError } from '../errors.ts'
import { archiveName, type PackedDescription, readPacked } from './pack.ts'

/** Where a package is published. */
export interface PublishTarget {
  /** Address of an npm-compatible registry, or a folder. */
  readonly registry: string
  /** Of the registry; sent as a bearer token. */
  readonly token?: string | undefined
  /** The dist-tag of the version, which is its channel. */
  readonly tag: string
}

/** How long a registry may take for one request. */
const patienceMs = 60_000

/**
 * Publishes a packed release; returns where it is. A version that is there already is never overwritten. Throws
 * CONNECTOR_INVALID, REGISTRY_REFUSED, REGISTRY_UNAVAILABLE.
 */
export async function publish(file: string, target: PublishTarget, signal: AbortSignal): Promise<string> {
  const packed = await readPacked(file, signal)
  if (!/^https?:\/\//.test(target.registry)) return publishToFolder(file, packed, target.registry)
  return publishToRegistry(await readFile(file), packed, target, signal)
}

async function publishToFolder(file: string, { manifest }: PackedDescription, folder: string): Promise<string> {
  const isFolder = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new AgentError('REGISTRY_REFUSED', `registry ${folder}: is no folder`)
  const published = join(folder, archiveName(manifest))
  const partial = join(folder, `.${basename(published)}.${process.pid}.partial`)
  try {
    await copyFile(file, partial)
    // Unlike a rename, a link never replaces what is there, and nobody sees half a package.
    await link(partial, published)
  } catch (thrown) {
    const cause = toError(thrown)
    const isThere = (thrown as NodeJS.ErrnoException).code === 'EEXIST' // errors of node:fs have one
    const problem = isThere ? `${basename(published)} is published already` : cause.message
    throw new AgentError('REGISTRY_REFUSED', `registry ${folder}: ${problem}`, { cause })
  } finally {
    await rm(partial, { force: true })
  }
  return published
}

/** The protocol of `npm publish`: one PUT of a packument with the archive as attachment (npm registry API, 2026-11). */
async function publishToRegistry(
  archive: Buffer,
  { packageFile, manifest }: PackedDescription,
  { registry, token, tag }: PublishTarget,
  signal: AbortSignal,
): Promise<string> {
  const { name, version } = packageFile
  const url = new URL(name.replace('/', '%2f'), registry.replace(/\/*$/, '/'))
  const send = (init: { method: string; body?: string }) => ask(url, { ...init, token, signal })
  const known = await send({ method: 'GET' })
  if (known.status !== 404 && hasVersion(known.body, version)) {
    throw refused(url, `${name} ${version} is published already`)
  }
  const attachment = `${name}-${version}.tgz`
  const tarball = new URL(`${name}/-/${archiveName({ name: basename(name), version })}`, registry.replace(/\/*$/, '/'))
  const dist = {
    integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
    shasum: createHash('sha1').update(archive).digest('hex'),
    tarball: tarball.href,
  }
  const connector = { name: manifest.name, agent: manifest.agent, signature: manifest.signature }
  const body = {
    _id: name,
    name,
    'dist-tags': { [tag]: version },
    versions: { [version]: { ...packageFile, _id: `${name}@${version}`, connector, dist } },
    _attachments: {
      [attachment]: {
        content_type: 'application/octet-stream',
        data: archive.toString('base64'),
        length: archive.length,
      },
    },
  }
  await send({ method: 'PUT', body: JSON.stringify(body) })
  return tarball.href
}

/** One request; 404 to GET is an answer, every other refusal is thrown with what the registry said. */
async function ask(
  url: URL,
  request: { method: string; body?: string; token: string | undefined; signal: AbortSignal },
): Promise<{ readonly status: number; readonly body: string }> {
  const { method, body, token, signal } = request
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  let status: number
  let text: string
  try {
    const options = { method, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) }
    // A redirect would carry the token elsewhere.
    const response = await fetch(url, { ...options, redirect: 'error', ...(body === undefined ? {} : { body }) })
    status = response.status
    text = await response.text()
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toError(thrown)
    const reason = error.cause instanceof Error ? error.cause.message || error.message : error.message
    throw new AgentError('REGISTRY_UNAVAILABLE', `registry ${url.origin}: ${reason}`, { cause: error })
  }
  if (status < 300 || (status === 404 && method === 'GET')) return { status, body: text }
  const problem = `answers ${status} to ${method} ${url.pathname}: ${text.slice(0, 300)}`
  if (status >= 500) throw new AgentError('REGISTRY_UNAVAILABLE', `registry ${url.origin}: ${problem}`)
  throw refused(url, problem)
}

function hasVersion(packument: string, version: string): boolean {
  try {
    const { versions } = JSON.parse(packument) as { readonly versions?: object } // of a registry; anything else has none
    return Object.hasOwn(versions ?? {}, version)
  } catch {
    return false
  }
}

function refused(url: URL, problem: string): AgentError {
  return new AgentError('REGISTRY_REFUSED', `registry ${url.origin}: ${problem}`)
}
