import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config/schema.ts'
import { usualCaps } from './registry/archive.ts'
import type { InstallParts } from './registry/installer.ts'
import {
  type ConnectorLoader,
  createLoader,
  type LoaderWatcher,
  type ReleaseChoice,
  type ReleasesDirectory,
} from './registry/loader.ts'
import { chooseReleases, releasesToChooseFrom, type SelectionRules } from './registry/selection.ts'
import type { Trust, TrustedKey } from './registry/signature.ts'
import { type ConnectorMemory, openConnectorsState } from './registry/state.ts'
import { readVersion } from './version.ts'

/** What came with the agent: releases, packed packages, and the key they are signed with. */
const dist = join(import.meta.dirname, '..')

/** A loader over installed releases and, behind them, those that came with the agent; by default it goes by what is remembered of them. */
export function openLoader(
  config: Config,
  options: { readonly choose?: ReleaseChoice; readonly watcher?: LoaderWatcher } = {},
): ConnectorLoader {
  const state = openConnectorsState(config.connectors.directory)
  const loader = createLoader({
    directories: releasesDirectories(config),
    agentVersion: readVersion(),
    async choose(name, range) {
      const rules = rulesOf(await state.of(name), config)
      return chooseReleases({ installed: await releasesToChooseFrom(loader, name), name, range, rules }).releases
    },
    ...options,
  })
  return loader
}

/** What is remembered of a connector as rules to choose by. */
export function rulesOf(memory: ConnectorMemory, { connectors }: Pick<Config, 'connectors'>): SelectionRules {
  const { pin, quarantined, highestTrusted } = memory
  return { pin, quarantined, highestTrusted, allowPrerelease: connectors.channel !== 'latest' }
}

/** Where releases are, the installed ones first. */
function releasesDirectories(config: Config): readonly ReleasesDirectory[] {
  return [
    { path: config.connectors.directory, trust: ownTrust(config) },
    { path: join(dist, 'releases'), trust: embeddedTrust(config) },
  ]
}

/** What an install goes by, but for the signal. */
export function installRules(config: Config): Omit<InstallParts, 'signal'> {
  const { directory, maxPackageMegabytes, maxUnpackedMegabytes } = config.connectors
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
