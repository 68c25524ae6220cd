import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentError } from '../errors.ts'
import { createLineFilter, type LineChoice, parseMoment, timeOf } from './line-filter.ts'
import { listLogs, listSegments, readSegment } from './log-segments.ts'
import { type LogTail, openLogTail } from './log-tail.ts'

/** What somebody wants to read of the agent log and the connector logs. */
export interface LogQuery extends LineChoice {
  /** How many of the last lines that fit; absent: all. Does not matter with `after`. */
  readonly lines?: number
  /** The metric log instead of all others. */
  readonly metrics?: boolean
  /** Go on with each new line. */
  readonly follow: boolean
  /** The cursor of the last line that was read; what is wanted comes after it. */
  readonly after?: string
}

/** A line, and from where to read on after it. */
export interface LoggedLine {
  readonly text: string
  readonly cursor: string
}

/** A cursor: the number of the last line read of each log, `agent:4711,connectors/bigcommerce:12`. */
export const cursorPattern = '^[a-z][a-z0-9/-]*:\\d{1,12}(,[a-z][a-z0-9/-]*:\\d{1,12})*$'

/** How often one who follows looks for new lines. */
const lookMs = 200
type Positions = Map<string, number>

/**
 * Reads lines of all logs of a directory in the order of their times, from rotated files too, while they are written
 * or not. Ends quietly when the signal aborts. Lines that were deleted before they could be read are told by a line of
 * their own. Throws REQUEST_INVALID at the first line when the query is not valid.
 */
export async function* readLogs(
  directory: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LoggedLine, void, undefined> {
  const isWanted = createLineFilter(query)
  const positions = parseCursor(query.after)
  const tails = new Map<string, LogTail>()
  const pathOf = (log: string) => join(directory, `${log}.log`)
  const lastLines = query.after === undefined ? query.lines : undefined
  if (lastLines !== undefined) yield* readLast({ directory, query, isWanted, positions }, lastLines)
  const since = query.since === undefined ? undefined : parseMoment('since', query.since, Date.now())
  // Whoever reads from the beginning does not miss what was deleted long ago.
  const told = new Set(positions.keys())

  while (!signal.aborted) {
    const sources = logsOf(directory, query).map(log => {
      const tail = tails.get(log) ?? openLogTail(pathOf(log), positions.get(log) ?? 0, since)
      tails.set(log, tail)
      return numbered(log, tail)
    })
    for await (const { log, number, text, missed } of inOrderOfTime(sources)) {
      if (signal.aborted) return
      positions.set(log, number)
      if (missed > 0 && told.has(log)) yield { text: missedLine(log, missed), cursor: cursorOf(positions) }
      told.add(log)
      if (text !== undefined && isWanted(text)) yield { text, cursor: cursorOf(positions) }
    }
    if (!query.follow) return
    await sleep(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

function logsOf(directory: string, { connector, metrics = false }: LogQuery): readonly string[] {
  const logs = listLogs(directory).filter(log => (log === 'metrics') === metrics)
  return logs.filter(log => connector === undefined || log === `connectors/${connector}`)
}

/** The last lines that fit, of all logs together; sets the positions to the ends of the logs. */
async function* readLast(
  parts: {
    readonly directory: string
    readonly query: LogQuery
    readonly isWanted: (line: string) => boolean
    readonly positions: Positions
  },
  count: number,
): AsyncGenerator<LoggedLine> {
  const { directory, query, isWanted, positions } = parts
  const found: (Pick<Numbered, 'log' | 'number' | 'time'> & { readonly text: string })[] = []
  const ends: Positions = new Map()
  for (const log of logsOf(directory, query)) {
    const last = await lastOf(join(directory, `${log}.log`), isWanted, count)
    found.push(...last.lines.map(line => ({ ...line, log, time: timeOf(line.text) })))
    ends.set(log, last.end)
  }
  const shown = found.sort(byTime).slice(Math.max(0, found.length - count))
  // Whoever comes back after one of these lines gets those that follow it here.
  for (const [log, end] of ends) positions.set(log, (shown.find(line => line.log === log)?.number ?? end + 1) - 1)
  for (const { log, number, text } of shown) {
    positions.set(log, number)
    yield { text, cursor: cursorOf(positions) }
  }
  for (const [log, end] of ends) positions.set(log, end)
}

/** The last lines of one log that fit, looked for from its newest file back; and the number of its last line. */
async function lastOf(
  path: string,
  isWanted: (line: string) => boolean,
  count: number,
): Promise<{ readonly lines: readonly { readonly number: number; readonly text: string }[]; readonly end: number }> {
  let lines: { number: number; text: string }[] = []
  let end: number | undefined
  for (const segment of [...listSegments(path)].reverse()) {
    let next = segment.first
    let kept: { number: number; text: string }[] = []
    try {
      for await (const { lines: read } of readSegment(segment, 0)) {
        for (const text of read) {
          if (isWanted(text)) kept.push({ number: next, text })
          next += 1
        }
        if (kept.length > 2 * count) kept = kept.slice(kept.length - count)
      }
    } catch (thrown) {
      // Deleted or damaged files have no lines to show. One that was rotated just now has its lines under another name.
      if (segment.last === undefined && listSegments(path).at(-1)?.first !== segment.first) {
        return lastOf(path, isWanted, count)
      }
      const { code } = thrown as NodeJS.ErrnoException // of the file system or zlib
      if (code !== 'ENOENT' && !code?.startsWith('Z_')) throw thrown
    }
    end ??= next - 1
    lines = [...kept, ...lines]
    if (lines.length >= count) break
  }
  return { lines: lines.slice(Math.max(0, lines.length - count)), end: end ?? 0 }
}

/** A line with its number in its log, or only lines that are gone. */
interface Numbered {
  readonly log: string
  readonly number: number
  readonly text: string | undefined
  readonly time: string
  readonly missed: number
}

async function* numbered(log: string, tail: LogTail): AsyncGenerator<Numbered> {
  for await (const { first, lines, missed } of tail.take()) {
    if (lines.length === 0) yield { log, number: first - 1, text: undefined, time: '', missed }
    for (const [index, text] of lines.entries()) {
      yield { log, number: first + index, text, time: timeOf(text), missed: index === 0 ? missed : 0 }
    }
  }
}

/** Merges what comes in the order of its times; few sources, each in its own order. */
async function* inOrderOfTime(sources: readonly AsyncGenerator<Numbered>[]): AsyncGenerator<Numbered> {
  const heads: { readonly source: AsyncGenerator<Numbered>; line: Numbered }[] = []
  try {
    for (const source of sources) {
      const { done, value } = await source.next()
      if (done !== true) heads.push({ source, line: value })
    }
    for (let [first] = heads; first !== undefined; [first] = heads) {
      const next = heads.reduce((least, head) => (head.line.time < least.line.time ? head : least), first)
      yield next.line
      const { done, value } = await next.source.next()
      if (done === true) heads.splice(heads.indexOf(next), 1)
      else next.line = value
    }
  } finally {
    for (const source of sources) await source.return(undefined)
  }
}

function byTime(a: { readonly time: string }, b: { readonly time: string }): number {
  return a.time < b.time ? -1 : Number(a.time > b.time)
}

function missedLine(log: string, missed: number): string {
  const fields = { level: 'warn', time: new Date().toISOString(), pid: process.pid, logger: 'agent.logs' }
  return JSON.stringify({ ...fields, log, dropped: missed, message: `${missed} lines were dropped` })
}

function cursorOf(positions: Positions): string {
  return [...positions].map(([log, number]) => `${log}:${number}`).join(',')
}

function parseCursor(cursor: string | undefined): Positions {
  if (cursor === undefined) return new Map()
  if (!new RegExp(cursorPattern).test(cursor)) {
    throw new AgentError('REQUEST_INVALID', 'after: must be the id of an event of this log')
  }
  return new Map(
    cursor.split(',').map(each => {
      const [log = '', number] = each.split(':')
      return [log, Number(number)]
    }),
  )
}
