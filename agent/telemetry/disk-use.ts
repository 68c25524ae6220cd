import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of a file, or of all files below a folder; 0 when it is not there. */
export function bytesIn(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.size
  return namesIn(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
}

/** It may be deleted while it is looked at. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
