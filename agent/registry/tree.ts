import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** Something below a folder. */
export interface TreeEntry {
  /** Relative to the folder, with `/`. */
  readonly path: string
  /** Where it is. */
  readonly location: string
  readonly kind: 'file' | 'folder' | 'other'
}

/** Everything below a folder, at any depth. */
export async function entriesBelow(folder: string): Promise<readonly TreeEntry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.map(entry => {
    const location = join(entry.parentPath, entry.name)
    const path = relative(folder, location).replaceAll(sep, '/')
    return { path, location, kind: entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other' }
  })
}
