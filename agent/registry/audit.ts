import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Something that changed which release of a connector is used, or was kept from it. */
export interface ConnectorChange {
  readonly action:
    | 'installed'
    | 'activated'
    | 'refused'
    | 'quarantined'
    | 'released'
    | 'rolled-back'
    | 'pinned'
    | 'unpinned'
    | 'removed'
  readonly connector: string
  readonly version?: string
  /** What was used, or pinned, before. */
  readonly from?: string
  /** Who or what wanted it: `run`, `test-connection`, `operator`, `watch`. */
  readonly by: string
  readonly reason?: string
}

/** The record of changes to connectors, which is only ever added to. */
export interface ConnectorAudit {
  /** Resolves when the line is safe on disk. */
  write(change: ConnectorChange): Promise<void>
}

/** Adds lines of JSON to a file; each is written at once, so that agents may share it. */
export function openConnectorAudit(file: string, agent: string): ConnectorAudit {
  return {
    async write(change) {
      await mkdir(dirname(file), { recursive: true })
      const handle = await open(file, 'a', 0o640)
      try {
        await handle.write(`${JSON.stringify({ at: new Date().toISOString(), agent, ...change })}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}
