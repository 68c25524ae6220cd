import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config/schema.ts'
import { usualCaps } from './registry/archive.ts'
import type { Release } from './registry/installed.ts'
import type { InstallParts } from './registry/installer.ts'
import { type ConnectorLoader, createLoader, type ReleasesDirectory } from './registry/loader.ts'
import type { Trust, TrustedKey } from './registry/signature.ts'
import { readVersion } from './version.ts'

/** What came with the agent: releases, packed packages, and the key they are signed with. */
const dist = join(import.meta.dirname, '..')

/** A loader over the operator's own releases and, behind them, those that came with the agent. */
export function openLoader(config: Config, onUnsigned?: (release: Release) => void): ConnectorLoader {
  const directories = releasesDirectories(config)
  return createLoader({ directories, agentVersion: readVersion(), ...(onUnsigned === undefined ? {} : { onUnsigned }) })
}

/** Where releases are, the operator's own first. */
function releasesDirectories(config: Config): readonly ReleasesDirectory[] {
  const { directory } = config.connectors
  const own = directory === undefined ? [] : [{ path: directory, trust: ownTrust(config) }]
  return [...own, { path: join(dist, 'releases'), trust: embeddedTrust(config) }]
}

/** What an install into a releases directory goes by, but for the signal. */
export function installRules(config: Config, directory: string): Omit<InstallParts, 'signal'> {
  const { maxPackageMegabytes, maxUnpackedMegabytes } = config.connectors
  const bytes = { packedBytes: maxPackageMegabytes * 1e6, unpackedBytes: maxUnpackedMegabytes * 1e6 }
  return { directory, trust: ownTrust(config), agentVersion: readVersion(), caps: { ...usualCaps, ...bytes } }
}

/** Whose releases count in the operator's directory: another registry than the embedded one has to name its keys. */
function ownTrust(config: Config): Trust {
  const { registry, trustedKeys, allowUnsignedConnectors } = config.connectors
  return registry === undefined ? embeddedTrust(config) : { keys: trustedKeys, allowUnsigned: allowUnsignedConnectors }
}

/** Of the operator's keys, and of the key of the releases that came with the agent, unless it is revoked. */
function embeddedTrust({ connectors }: Config): Trust {
  return { keys: [...connectors.trustedKeys, ...embeddedKeys()], allowUnsigned: connectors.allowUnsignedConnectors }
}

function embeddedKeys(): readonly TrustedKey[] {
  const file = join(dist, 'registry', 'trusted-keys.json')
  if (!existsSync(file)) return []
  return JSON.parse(readFileSync(file, 'utf8')) as readonly TrustedKey[] // written by the build
}
