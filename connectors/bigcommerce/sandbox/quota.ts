/** A plan of the store: how many requests it may send in a window. */
export type PlanName = 'standard' | 'plus' | 'pro' | 'unlimited' | 'tiny'

interface Plan {
  readonly quota: number
  readonly windowMs: number
  /** The plan without a limit still tells a quota, a huge one, and never refuses. */
  readonly isUnlimited?: boolean
}

/** The plans; `tiny` is ours, for tests. */
export const plans: { readonly [name in PlanName]: Plan } = {
  standard: { quota: 150, windowMs: 30_000 },
  plus: { quota: 150, windowMs: 30_000 },
  pro: { quota: 450, windowMs: 30_000 },
  unlimited: { quota: 16_000_000, windowMs: 30_000, isUnlimited: true },
  tiny: { quota: 10, windowMs: 2_000 },
}

/** The one quota of a store, shared by all its tokens. A window starts with the first request after the last one. */
export interface Quota {
  /** Takes one request out of the quota; false when none is left. */
  take(nowMs: number): boolean
  headers(nowMs: number): { readonly [name: string]: string }
}

/** A full quota of that plan. */
export function createQuota(name: PlanName): Quota {
  const { quota, windowMs, isUnlimited } = plans[name]
  let endsMs = 0
  let used = 0

  function turn(nowMs: number): void {
    if (nowMs < endsMs) return
    endsMs = nowMs + windowMs
    used = 0
  }

  return {
    take: nowMs => {
      turn(nowMs)
      if (used >= quota && isUnlimited !== true) return false
      used++
      return true
    },
    headers: nowMs => {
      const isRunning = nowMs < endsMs
      return {
        'X-Rate-Limit-Requests-Left': String(isRunning ? Math.max(0, quota - used) : quota),
        'X-Rate-Limit-Requests-Quota': String(quota),
        'X-Rate-Limit-Time-Reset-Ms': String(isRunning ? Math.ceil(endsMs - nowMs) : windowMs),
        'X-Rate-Limit-Time-Window-Ms': String(windowMs),
      }
    },
  }
}
