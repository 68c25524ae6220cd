import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Static, Type } from '@sinclair/typebox'
import semver from 'semver'
import { compileSchema, problemText } from '../schema.ts'
import { channelsOf } from './folder-registry.ts'
import type { AvailableRelease, Registry } from './registry.ts'
import { createRegistryClient, refused } from './registry-client.ts'

/** An npm-compatible registry and how it is reached. */
export interface NpmRegistryOptions {
  readonly url: string
  /** Where the packages of connectors are: `@commerce-agent`. */
  readonly scope: string
  /** Sent as a bearer token, to this registry only. */
  readonly token?: string | undefined
  /** Certificates in PEM that are trusted instead of the usual ones. */
  readonly ca?: string | undefined
  /** How long it may be silent. */
  readonly timeoutMs: number
  readonly maxPackageBytes: number
}

/** A list of all versions of a package may have so many bytes. */
const maxListBytes = 10e6
/** The short form of a packument (npm registry API, 2026-11), else the whole one. */
const listTypes = 'application/vnd.npm.install-v1+json, application/json;q=0.5'

/** What is taken from a packument. */
const packumentSchema = Type.Object({
  'dist-tags': Type.Optional(Type.Record(Type.String(), Type.String())),
  versions: Type.Record(
    Type.String(),
    Type.Object({
      dist: Type.Object({ tarball: Type.String(), integrity: Type.Optional(Type.String()) }),
    }),
  ),
})
type Packument = Static<typeof packumentSchema>
const checkPackument = compileSchema(packumentSchema)

/** A registry that speaks the protocol of npm. Redirects are not followed, and packages come from its own address only. */
export function createNpmRegistry(options: NpmRegistryOptions): Registry {
  const { url, scope, token, ca, timeoutMs, maxPackageBytes } = options
  const base = new URL(url.replace(/\/*$/, '/'))
  const subject = `registry ${base.origin}${base.pathname.replace(/\/$/, '')}`
  const client = createRegistryClient({ subject, token, ca, timeoutMs })
  const packageOf = (name: string) => `${scope}/${name}`

  async function available(name: string, signal: AbortSignal): Promise<readonly AvailableRelease[]> {
    const packageName = packageOf(name)
    const address = new URL(`${scope}%2f${encodeURIComponent(name)}`, base)
    const chunks: Uint8Array[] = []
    const isThere = await client.get(
      { address, what: packageName, accept: listTypes, maxBytes: maxListBytes, signal },
      async body => {
        for await (const chunk of body) chunks.push(chunk)
      },
    )
    if (!isThere) return []
    const { versions, 'dist-tags': tags = {} } = parse(Buffer.concat(chunks).toString(), packageName)
    return Object.entries(versions)
      .filter(([version]) => semver.valid(version) === version)
      .sort(([a], [b]) => semver.rcompare(a, b))
      .map(([version, { dist }]) => ({
        name,
        version,
        channels: channelsOf(version, tags),
        ...(dist.integrity === undefined ? {} : { integrity: dist.integrity }),
        from: dist.tarball,
      }))
  }

  function parse(text: string, packageName: string): Packument {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (cause) {
      throw refused(subject, `what it says of ${packageName} is no JSON`, cause)
    }
    const checked = checkPackument(parsed)
    if (checked.ok) return checked.value
    const [problem] = checked.problems.map(problemText)
    throw refused(subject, `what it says of ${packageName} is not of the npm protocol: ${problem}`)
  }

  async function download(release: AvailableRelease, toFile: string, signal: AbortSignal): Promise<void> {
    const what = `${packageOf(release.name)} ${release.version}`
    const address = addressOf(release, what)
    const request = { address, what, accept: 'application/octet-stream, */*', maxBytes: maxPackageBytes, signal }
    const isThere = await client.get(request, body =>
      pipeline(body, createWriteStream(toFile, { flags: 'wx' }), { signal }),
    )
    if (!isThere) throw refused(subject, `answers 404 to the package of ${what}`)
  }

  /** Where the package is, when that is this registry and the registry says what it must be. */
  function addressOf({ integrity, from }: AvailableRelease, what: string): URL {
    if (integrity === undefined || !/(^|\s)sha512-/.test(integrity)) {
      throw refused(subject, `gives no SHA-512 of ${what}`)
    }
    const address = URL.canParse(from) ? new URL(from) : undefined
    if (address?.origin === base.origin) return address
    throw refused(
      subject,
      `wants ${what} to be fetched from ${address?.origin ?? 'an address that is none'}, which is not its own address; correct the public URL of the registry`,
    )
  }

  return { describe: () => subject, available, download }
}
