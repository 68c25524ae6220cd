import { AgentError } from '../errors.ts'
import { fieldsOf } from './ecs.ts'
import { logLevels } from './loggers.ts'

/** What a line of the log can be of; no line is silent. */
export const lineLevels = [...logLevels.filter(level => level !== 'silent'), 'fatal'] as const

/** Which lines of the log are wanted; what is absent does not matter. */
export interface LineChoice {
  /** This level and above. */
  readonly level?: string
  /** An ISO time, or how long ago: `2h`. */
  readonly since?: string
  readonly until?: string
  readonly run?: string
  readonly connector?: string
  /** A text the line holds. */
  readonly grep?: string
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A moment in ms: an ISO time, or `90s`, `30m`, `2h`, `3d` before `now`. Throws REQUEST_INVALID, with the name. */
export function parseMoment(name: string, text: string, now: number): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * unitMs[unit as keyof typeof unitMs] // the pattern allows no other
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  const wanted = 'must be a time like 2026-11-24T12:00:00Z, or how long ago, like 90s, 30m, 2h or 3d'
  throw new AgentError('REQUEST_INVALID', `${name} ${JSON.stringify(text)}: ${wanted}`)
}

/** The check of a choice. Relative times count from now. Throws REQUEST_INVALID. */
export function createLineFilter(choice: LineChoice, now = Date.now()): (line: string) => boolean {
  const { level, run, grep } = choice
  const from = levelIndex(level)
  const since = choice.since === undefined ? -Infinity : parseMoment('since', choice.since, now)
  const until = choice.until === undefined ? Infinity : parseMoment('until', choice.until, now)
  const hasTime = since > -Infinity || until < Infinity
  return line => {
    if (grep !== undefined && !line.includes(grep)) return false
    // The id stands in the line as it is, so most lines need not be parsed.
    if (run !== undefined && !line.includes(run)) return false
    if (hasTime && !isBetween(timeOf(line), since, until)) return false
    if (level === undefined && run === undefined) return true
    const fields = fieldsOf(line) ?? {}
    if (run !== undefined && fields['runId'] !== run) return false
    return levelIndex(fields['level'] ?? 'info') >= from
  }
}

/** When a line was written, ISO; empty when it does not say so. The field stands at the front of our lines. */
export function timeOf(line: string): string {
  return /"(?:time|@timestamp)":"([^"]*)"/.exec(line)?.[1] ?? ''
}

function levelIndex(level: unknown): number {
  return (lineLevels as readonly unknown[]).indexOf(level) // any value may be looked for
}

function isBetween(time: string, since: number, until: number): boolean {
  const at = Date.parse(time)
  return at >= since && at <= until
}
