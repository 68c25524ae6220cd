import type { PacedRequest, QuotaReport } from '../../../connectors/sdk/connector.ts'

/** How one process paces an account while nobody can tell what the others send. Times are from `performance.now()`. */
export interface Alone {
  /** Milliseconds until the request may be sent; 0 = now, then it counts as sent. */
  take(request: PacedRequest, now: number): number
  ended(request: PacedRequest): void
  report(quota: QuotaReport, now: number): void
  hold(waitMs: number, now: number): void
}

/** Of a known quota one process takes a fifth: four others may do the same. */
const share = 1 / 5
const unknownIntervalMs = 1_000

/** Nothing is known of the account yet. */
export function createAlone(): Alone {
  const flying = new Map<string, number>()
  let intervalMs = unknownIntervalMs
  let nextAt = 0
  let heldUntil = 0

  return {
    take(request, now) {
      const waitMs = Math.max(heldUntil, nextAt) - now
      if (waitMs > 0) return waitMs
      const { endpoint, maxConcurrent = Number.POSITIVE_INFINITY } = request
      const count = flying.get(endpoint) ?? 0
      if (count >= maxConcurrent) return busyMs
      flying.set(endpoint, count + 1)
      nextAt = now + intervalMs
      return 0
    },
    ended({ endpoint }) {
      const count = (flying.get(endpoint) ?? 1) - 1
      if (count > 0) flying.set(endpoint, count)
      else flying.delete(endpoint)
    },
    report({ quota, remaining, resetMs, windowMs }, now) {
      intervalMs = quota > 0 && windowMs > 0 ? windowMs / (quota * share) : unknownIntervalMs
      if (remaining <= Math.ceil(quota * reserve)) heldUntil = Math.max(heldUntil, now + resetMs)
    },
    hold(waitMs, now) {
      heldUntil = Math.max(heldUntil, now + waitMs)
    },
  }
}

/** What is left of a window for others at its end. */
const reserve = 1 / 50
/** An answer that frees a place asks again by itself; this is for the case that it never comes. */
const busyMs = 1_000
