import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packRelease, usualCaps } from '../registry/archive.ts'
import { createFolderRegistry } from '../registry/folder-registry.ts'
import type { Release } from '../registry/installed.ts'
import { type InstallParts, install } from '../registry/installer.ts'
import type { Registry } from '../registry/registry.ts'
import { type TestRelease, testAgentVersion, testTrust, writeRelease } from './release.ts'

/** A folder of packages and a releases directory to install them to. */
export interface InstallBench {
  readonly packages: string
  readonly directory: string
  readonly registry: Registry
  /** Puts a release into the folder of packages; resolves with the package's file. */
  offer(release: TestRelease): Promise<string>
  /** Puts any bytes there as the package of a release. */
  offerBytes(name: string, version: string, bytes: Uint8Array): Promise<void>
  /** Installs a version of the connector `small`; default: the newest. */
  install(changes?: Partial<InstallParts>, version?: string): Promise<Release>
  /** All that lies in the releases directory: releases as `small/1.0.0-…`, leftovers of installs as they are called. */
  contents(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A bench in a temporary folder. */
export async function createInstallBench(): Promise<InstallBench> {
  const home = await mkdtemp(join(tmpdir(), 'install-'))
  const packages = join(home, 'packages')
  const directory = join(home, 'releases')
  await mkdir(packages)
  await mkdir(directory)
  const registry = createFolderRegistry(packages)

  return {
    packages,
    directory,
    registry,
    async offer(release) {
      const folder = await writeRelease(join(home, 'built'), release)
      const file = join(packages, `${release.name}-${release.version}.tgz`)
      await writeFile(file, await packRelease(folder))
      return file
    },
    offerBytes: (name, version, bytes) => writeFile(join(packages, `${name}-${version}.tgz`), bytes),
    install: (changes = {}, version) => installFrom(registry, { ...partsFor(directory), ...changes }, version),
    async contents() {
      const found: string[] = []
      for (const { name: folder } of (await foldersIn(directory)).sort((a, b) => a.name.localeCompare(b.name))) {
        const inside = await readdir(join(directory, folder))
        found.push(...inside.sort().map(each => `${folder}/${each.replace(/-[0-9a-f]{12}$/, '')}`))
      }
      return found
    },
    close: () => rm(home, { recursive: true, force: true }),
  }
}

async function foldersIn(directory: string) {
  return (await readdir(directory, { withFileTypes: true })).filter(entry => entry.isDirectory())
}

/** What an install of tests goes by. */
export function partsFor(directory: string): InstallParts {
  const signal = new AbortController().signal
  return { directory, trust: testTrust, agentVersion: testAgentVersion, caps: usualCaps, signal }
}

/** Installs a version of the connector `small`; default: the newest that the registry has. */
export async function installFrom(registry: Registry, parts: InstallParts, version?: string): Promise<Release> {
  const offers = await registry.available('small', parts.signal)
  const offer = offers.find(each => version === undefined || each.version === version)
  if (offer === undefined) throw new Error(`the registry of the test has no small ${version ?? ''}`)
  return install(offer, registry, parts)
}
