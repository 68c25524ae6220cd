import { setTimeout as sleep } from 'node:timers/promises'
import type { Pacing, QuotaReport } from '../../connectors/sdk/connector.ts'

/** What is known of one account's quota. Times are from `performance.now()`. */
interface Account {
  /** Requests that may still be sent before `resetAt`, as the vendor said, less those sent since. */
  remaining: number
  resetAt: number
  heldUntil: number
}

/** Requests left for others at the end of a window: the vendor's count lags behind answers on their way. */
const reserve = 1
/** A timer of more than 32 bits ends at once. */
const longestSleepMs = 2 ** 31 - 1

/**
 * Paces requests within this process: never sends when the vendor's last word leaves nothing in the window, and
 * stands still while an account is held. Runners do not know of each other yet, so two of them may together overrun
 * a window; the vendor's refusal then holds each of them.
 */
export function createPacing(): Pacing {
  const accounts = new Map<string, Account>()

  function accountOf(name: string): Account {
    const known = accounts.get(name)
    if (known !== undefined) return known
    const made = { remaining: Number.POSITIVE_INFINITY, resetAt: 0, heldUntil: 0 }
    accounts.set(name, made)
    return made
  }

  return {
    async acquire(name, _request, signal) {
      const account = accountOf(name)
      for (;;) {
        signal.throwIfAborted()
        const waitMs = waitOf(account, performance.now())
        if (waitMs <= 0) break
        await sleep(Math.min(waitMs, longestSleepMs), undefined, { signal }).catch(() => signal.throwIfAborted())
      }
      account.remaining -= 1
      return () => undefined
    },
    report(name, quota) {
      note(accountOf(name), quota, performance.now())
    },
    hold(name, waitMs) {
      const account = accountOf(name)
      account.heldUntil = Math.max(account.heldUntil, performance.now() + waitMs)
    },
  }
}

function waitOf(account: Account, now: number): number {
  if (now < account.heldUntil) return account.heldUntil - now
  if (account.remaining > reserve) return 0
  if (now < account.resetAt) return account.resetAt - now
  // A new window: how much it holds is told by the next answer.
  account.remaining = Number.POSITIVE_INFINITY
  return 0
}

/** Answers overtake each other: within one window the smallest count is the newest truth. */
function note(account: Account, { remaining, resetMs }: QuotaReport, now: number): void {
  const resetAt = now + resetMs
  const isSameWindow = Math.abs(resetAt - account.resetAt) < 1_000
  account.remaining = isSameWindow ? Math.min(account.remaining, remaining) : remaining
  account.resetAt = resetAt
}
