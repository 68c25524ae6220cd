import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type LogSegment, listLogs, listSegments, statOf } from './log-segments.ts'

/**
 * Deletes rotated files, oldest first, until each log has at most `maxFiles` and all together take at most `maxBytes`.
 * Of the newest of a log only the name stays: it tells the number of the next line.
 */
export function limitSpace(directory: string, limits: { readonly maxFiles: number; readonly maxBytes: number }): void {
  const logs = listLogs(directory).map(log => listSegments(join(directory, `${log}.log`)))
  for (const segments of logs) {
    for (const { path } of segments.slice(0, Math.max(0, segments.length - 1 - limits.maxFiles))) remove(path)
  }
  const left = logs.flatMap(segments =>
    segments.map((segment, index) => ({ segment, isNewest: index === segments.length - 2, ...sizeOf(segment) })),
  )
  let total = left.reduce((sum, { size }) => sum + size, 0)
  const rotated = left.filter(({ segment, size }) => segment.last !== undefined && size > 0)
  for (const { segment, isNewest, size } of rotated.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= limits.maxBytes) return
    if (isNewest) truncateSync(segment.path)
    else remove(segment.path)
    total -= size
  }
}

function remove(path: string): void {
  rmSync(path, { force: true })
}

function sizeOf({ path }: LogSegment): { readonly size: number; readonly mtimeMs: number } {
  const { size, mtimeMs } = statOf(path) ?? { size: 0, mtimeMs: 0 }
  return { size, mtimeMs }
}
