import type { RunSummary } from '../run/status.ts'
import { formatCount, formatDuration } from './format.ts'

/** Tells how far a run has come; a moment is any clock in ms that goes on evenly. */
export interface Progress {
  /** `[#####-----] 1,200 of 5,000  600/s  6.3 s left`. Asked whenever something may have changed. */
  line(run: RunSummary, at: number): string
  /** The same without a bar, for where lines stay: undefined when one was told a short while ago. */
  plainLine(run: RunSummary, at: number): string | undefined
}

interface Sample {
  readonly at: number
  readonly read: number
}

const barWidth = 24
/** The rate is that of these last seconds. */
const rateMs = 10_000
/** A run that reads nothing for so long waits for something. */
const stillMs = 5_000
const plainEveryMs = 30_000

/**
 * Progress of one run. Rate and time left come from what was seen here: a run that goes on after a stop has records
 * that this attempt did not read, and one that waited for an hour has a duration that says nothing of its speed.
 */
export function createProgress(): Progress {
  let samples: readonly Sample[] = []
  let attempt = 0
  let hasMoved = false
  let changedAt = 0
  let toldAt: number | undefined

  function note(run: RunSummary, at: number): void {
    const { read } = run.counts
    const last = samples.at(-1)
    // The next attempt goes back to the checkpoint of the one before it.
    const isAnew = last === undefined || run.attempt !== attempt || read < last.read
    if (isAnew || read !== last.read) changedAt = at
    // Before the first records come connections open: that is no part of the rate.
    const isFirstMove = !isAnew && !hasMoved && read !== last.read
    hasMoved = isFirstMove || (hasMoved && !isAnew)
    attempt = run.attempt
    if (isAnew || isFirstMove) samples = [{ at, read }]
    else {
      const begin = samples.findLastIndex(sample => sample.at <= at - rateMs)
      samples = [...samples.slice(Math.max(0, begin)), { at, read }]
    }
  }

  function speedOf({ status, counts, total }: RunSummary, at: number): string {
    const [first] = samples
    if (status !== 'running' || first === undefined) return `  ${status}`
    if (at - changedAt >= stillMs) return `  nothing read for ${formatDuration(at - changedAt)}`
    const rate = at === first.at ? 0 : ((counts.read - first.read) / (at - first.at)) * 1_000
    if (rate === 0) return ''
    const left = total === undefined ? 0 : total - counts.read
    return `  ${formatCount(Math.round(rate))}/s${left > 0 ? `  ${formatDuration((left / rate) * 1_000)} left` : ''}`
  }

  return {
    line(run, at) {
      note(run, at)
      const { counts, total = 0 } = run
      const share = Math.min(1, counts.read / total)
      const bar = total === 0 ? '' : `[${'#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '-')}] `
      return `${bar}${amountOf(run)}${speedOf(run, at)}`
    },
    plainLine(run, at) {
      note(run, at)
      toldAt ??= at
      if (at - toldAt < plainEveryMs) return undefined
      toldAt = at
      return `${amountOf(run)}${speedOf(run, at)}`
    },
  }
}

function amountOf({ counts, total = 0 }: RunSummary): string {
  return `${formatCount(counts.read)} ${total === 0 ? 'records' : `of ${formatCount(total)}`}`
}
