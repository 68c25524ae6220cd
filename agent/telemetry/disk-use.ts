import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Counting many files takes a while, so for so long the last sum is good enough. */
const keptMs = 30_000

/** Tells the bytes of all files below a folder, as they were half a minute ago at most; 0 when it is not there. */
export function createDiskUse(folder: string): () => Promise<number> {
  let measuredAt = Number.NEGATIVE_INFINITY
  let measured = Promise.resolve(0)
  return () => {
    if (performance.now() - measuredAt < keptMs) return measured
    measuredAt = performance.now()
    measured = bytesIn(folder)
    return measured
  }
}

/** Bytes of a file, or of all files below a folder; 0 when it is not there, or is deleted meanwhile. */
export async function bytesIn(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.size
  let sum = 0
  for (const name of await readdir(path).catch(() => [])) sum += await bytesIn(join(path, name))
  return sum
}
