import { readFileSync } from 'node:fs'

/** How often a runner is measured; a leak of buffers fills a gigabyte in seconds. */
const everyMs = 250
const megabyte = 1_048_576

/**
 * Watches what a process holds in memory, buffers and all, until the returned function is called; tells once when it is
 * more than it may hold. Linux only: elsewhere nothing is told, and only the limit of V8's heap holds.
 */
export function watchMemory(parts: {
  readonly pid: number
  readonly limitMegabytes: number
  readonly onExceeded: (megabytes: number) => void
}): () => void {
  const timer = setInterval(() => {
    const bytes = residentBytes(parts.pid)
    if (bytes === undefined) return
    const megabytes = Math.round(bytes / megabyte)
    if (megabytes <= parts.limitMegabytes) return
    clearInterval(timer)
    parts.onExceeded(megabytes)
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/**
 * The share of V8's old space in all that a runner may hold: the rest is for code, young objects and buffers. Beyond it
 * V8 ends the process by itself.
 */
export function heapMegabytes(limitMegabytes: number): number {
  return Math.floor(limitMegabytes * 0.75)
}

/** What a process holds in memory; undefined for one that has ended, and where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  } catch {
    return undefined
  }
}
