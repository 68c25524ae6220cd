import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config/schema.ts'
import type { Release } from './registry/installed.ts'
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
  const trust = trustOf(config)
  const own = directory === undefined ? [] : [{ path: directory, trust }]
  return [...own, { path: join(dist, 'releases'), trust }]
}

/** Whose releases this agent loads: of the operator's keys, and of the key of those that came with it, unless it is revoked. */
function trustOf({ connectors }: Config): Trust {
  return { keys: [...connectors.trustedKeys, ...embeddedKeys()], allowUnsigned: connectors.allowUnsignedConnectors }
}

function embeddedKeys(): readonly TrustedKey[] {
  const file = join(dist, 'registry', 'trusted-keys.json')
  if (!existsSync(file)) return []
  return JSON.parse(readFileSync(file, 'utf8')) as readonly TrustedKey[] // written by the build
}
