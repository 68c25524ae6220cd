import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectorChange, openConnectorAudit } from '../registry/audit.ts'
import { type ConnectorsState, openConnectorsState } from '../registry/state.ts'
import { createSupply, type ReleaseSupply, type SupplyParts } from '../registry/supply.ts'
import { createUpdater, type Updater, type UpdaterParts } from '../registry/updater.ts'
import { type InstallBench, partsFor } from './packages.ts'
import { testLoader } from './release.ts'

/** A supply over a bench, and what it wrote. */
export interface TestSupply {
  readonly updater: Updater
  readonly supply: ReleaseSupply
  readonly state: ConnectorsState
  /** Lines of the agent log: level, message, fields. */
  readonly lines: readonly (readonly ['info' | 'warn', string, object])[]
  /** The audit log without times. */
  changes(): Promise<readonly ConnectorChange[]>
  /** The version a run uses. */
  versionFor(range?: string): Promise<string>
}

/** A supply for the connector `small` of a bench, which asks the registry at every run. */
export function openTestSupply(bench: InstallBench, changed: Partial<UpdaterParts & SupplyParts> = {}): TestSupply {
  const lines: (readonly ['info' | 'warn', string, object])[] = []
  const file = join(bench.packages, '..', 'audit.ndjson')
  const shared = {
    state: openConnectorsState(bench.directory),
    audit: openConnectorAudit(file, 'test-agent'),
    loader: testLoader(bench.directory),
    logger: {
      info: (fields: object, message: string) => void lines.push(['info', message, fields]),
      warn: (fields: object, message: string) => void lines.push(['warn', message, fields]),
    },
  }
  const updater = createUpdater({
    ...shared,
    registry: bench.registry,
    install: partsFor(bench.directory),
    channel: 'latest',
    isOff: false,
    ...changed,
  })
  const supply = createSupply({
    ...shared,
    updater,
    agent: 'test-agent',
    directory: bench.directory,
    rulesOf: ({ pin, quarantined, highestTrusted }) => ({ pin, quarantined, highestTrusted }),
    checkIntervalMs: 0,
    keepReleases: 3,
    inUse: () => new Set(),
    rangesOf: async () => [],
    patienceMs: 20_000,
    ...changed,
  })
  return {
    updater,
    supply,
    state: shared.state,
    lines,
    async changes() {
      const text = await readFile(file, 'utf8')
      return text
        .trimEnd()
        .split('\n')
        .map(line => {
          const { at: _, agent: __, ...change } = JSON.parse(line)
          return change
        })
    },
    async versionFor(range) {
      const [release] = await supply.forRun('small', range)
      if (release === undefined) throw new Error('an empty choice')
      return release.version
    },
  }
}
