import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Static, Type } from '@sinclair/typebox'
import semver from 'semver'
import { AgentError, toError } from '../errors.ts'
import { compileSchema, problemText } from '../schema.ts'
import type { AvailableRelease, Registry } from './registry.ts'

/** Name of the file in a folder of packages that says which version a channel points at. */
const channelsName = 'channels.json'

/** `{ "bigcommerce": { "latest": "1.2.0", "beta": "1.3.0-rc.1" } }`. */
const channelsSchema = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()))
type Channels = Static<typeof channelsSchema>
const checkChannels = compileSchema(channelsSchema)

/**
 * A folder of packages `<name>-<version>.tgz`, and perhaps a `channels.json`. Without one the channel `latest` is the
 * highest version that is no prerelease.
 */
export function createFolderRegistry(directory: string): Registry {
  const subject = `registry ${directory}`

  async function available(name: string, signal: AbortSignal): Promise<readonly AvailableRelease[]> {
    const files = await readdir(directory).catch(unavailable)
    const channels = await readChannels()
    signal.throwIfAborted()
    const versions = files
      .filter(file => file.startsWith(`${name}-`) && file.endsWith('.tgz'))
      // Names have no dot, so what is left over is no version when the file is of a connector with a longer name.
      .map(file => file.slice(name.length + 1, -'.tgz'.length))
      .filter(version => semver.valid(version) === version)
      .sort(semver.rcompare)
    const latest = versions.find(version => semver.prerelease(version) === null)
    const pointing = { ...(latest === undefined ? {} : { latest }), ...channels[name] }
    return Promise.all(
      versions.map(async version => {
        const from = join(directory, `${name}-${version}.tgz`)
        const { size } = await stat(from).catch(unavailable)
        return { name, version, channels: channelsOf(version, pointing), sizeBytes: size, from }
      }),
    )
  }

  async function readChannels(): Promise<Channels> {
    const text = await readFile(join(directory, channelsName), 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      return thrown.code === 'ENOENT' ? '{}' : unavailable(thrown)
    })
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (cause) {
      throw new AgentError('REGISTRY_REFUSED', `${subject}: ${channelsName} is no JSON`, { cause })
    }
    const checked = checkChannels(parsed)
    if (checked.ok) return checked.value
    const problems = checked.problems.map(problemText).join('; ')
    throw new AgentError('REGISTRY_REFUSED', `${subject}: ${channelsName} does not fit its schema: ${problems}`)
  }

  function unavailable(thrown: unknown): never {
    const cause = toError(thrown)
    throw new AgentError('REGISTRY_UNAVAILABLE', `${subject}: ${cause.message}`, { cause })
  }

  return {
    describe: () => subject,
    available,
    async download({ from }, toFile, signal) {
      await stat(from).catch(unavailable)
      await pipeline(createReadStream(from), createWriteStream(toFile, { flags: 'wx' }), { signal })
    },
  }
}

/** The channels that point at a version. */
export function channelsOf(version: string, pointing: { readonly [channel: string]: string }): readonly string[] {
  return Object.keys(pointing)
    .filter(channel => pointing[channel] === version)
    .sort()
}
