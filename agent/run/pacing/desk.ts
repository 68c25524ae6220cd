import type { QuotaReport } from '../../../connectors/sdk/connector.ts'
import type { Ask, Ended, Want } from './script.ts'

/** What one process has to tell of an account. */
export type News = Omit<Ask, 'wants' | 'waiting'>

/** Collects news of an account until they are told with the next request. */
export interface Desk {
  ended(want: Want, isSent: boolean): void
  report(quota: QuotaReport): void
  hold(waitMs: number, cause: 'quota' | 'load'): void
  waited(ms: number): void
  name(connection: string): void
  /** Whether anything should be told soon. */
  hasNews(): boolean
  take(): News
  /** Takes back what could not be told. `wants` may have been let through by an answer that nobody heard. */
  giveBack(news: News, wants: readonly Want[]): void
}

/** While Redis is away no more than so much is kept; permits come back by themselves. */
const mostEnded = 1_000
/** How often a connection is named again. */
const namingMs = 600_000

/** A desk without news. */
export function createDesk(process: string): Desk {
  let ended: { readonly want: Want; readonly isSent: boolean }[] = []
  let reports: { readonly quota: QuotaReport; readonly at: number }[] = []
  let holds: { readonly waitMs: number; readonly cause: 'quota' | 'load'; readonly at: number }[] = []
  let waitedMs = 0
  const named = new Map<string, number>()
  let names: string[] = []

  return {
    ended: (want, isSent) => void ended.push({ want, isSent }),
    report: quota => void reports.push({ quota, at: performance.now() }),
    hold: (waitMs, cause) => void holds.push({ waitMs, cause, at: performance.now() }),
    waited(ms) {
      waitedMs += ms
    },
    name(connection) {
      const now = performance.now()
      if (now - (named.get(connection) ?? Number.NEGATIVE_INFINITY) < namingMs) return
      named.set(connection, now)
      names.push(connection)
    },
    hasNews: () => ended.length + reports.length + holds.length > 0,
    take() {
      const now = performance.now()
      const news: News = {
        process,
        ended: withFates(ended, reports.length),
        reports: reports.map(({ quota, at }) => ({ ...quota, ageMs: Math.round(now - at) })),
        holds: holds.map(({ at, ...hold }) => ({ ...hold, ageMs: Math.round(now - at) })),
        waitedMs: Math.round(waitedMs),
        luck: Math.random(),
        names,
      }
      ended = []
      reports = []
      holds = []
      waitedMs = 0
      names = []
      return news
    },
    giveBack(news, wants) {
      const before = news.ended.map(({ fate, ...want }) => ({ want, isSent: fate !== 'unsent' }))
      const lost = wants.map(want => ({ want, isSent: false }))
      ended = [...before, ...lost, ...ended].slice(-mostEnded)
      waitedMs += news.waitedMs
      names = [...news.names, ...names]
    },
  }
}

/** An answer that tells of the quota is reported together with its end, so as many ends as reports are told ones. */
function withFates(
  ended: readonly { readonly want: Want; readonly isSent: boolean }[],
  told: number,
): readonly Ended[] {
  let left = told
  return ended.map(({ want, isSent }) => {
    if (!isSent) return { ...want, fate: 'unsent' }
    left -= 1
    return { ...want, fate: left >= 0 ? 'told' : 'silent' }
  })
}
