import { setTimeout as sleep } from 'node:timers/promises'

/** What work resolves with, or undefined when it takes longer than so many milliseconds; its failure is passed on. */
export async function atMost<T>(work: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const done = new AbortController()
  const timer = sleep(timeoutMs, undefined, { signal: done.signal, ref: false }).catch(() => undefined)
  try {
    return await Promise.race([work, timer])
  } finally {
    done.abort()
  }
}
