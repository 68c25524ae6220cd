import { renameSync, writeFileSync } from 'node:fs'

/** Writes a small file of JSON for owner and group: readers see the old one or the new one. Throws what the system does. */
export function replaceJsonFile(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o640 })
  renameSync(`${path}.part`, path)
}
