import { createHash } from 'node:crypto'
import type { DataRecord, WriteJournal, WriteOutcome } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import { untilRedisAnswers } from '../redis-answers.ts'
import type { NumberedRecord } from './pipeline.ts'

/**
 * What the journal says of one record after the checkpoint: that it was sent, or what became of it. `key` is unique over
 * all attempts of the run; the hash knows a record again when the source yields it once more.
 */
export type JournalEntry = SentEntry | SettledEntry
export interface SentEntry {
  readonly tag: 'sent'
  readonly key: string
  /** The record's place in the source, as that attempt counted. */
  readonly number: number
  readonly hash: string
  readonly record: DataRecord
}
export interface SettledEntry {
  readonly tag: 'settled'
  readonly key: string
  readonly number: number
  readonly hash: string
  readonly outcome: WriteOutcome
  /** Kept where its owner has to mend it. */
  readonly record?: DataRecord
}

/**
 * The journal of one run: what was sent after the last checkpoint and what became of it. Whatever must not be sent twice
 * is made durable first, so that whoever takes the run next neither loses nor doubles a record.
 */
export interface RunJournal {
  /** Resolves when it is certain that the run is still ours; waits for Redis. Throws RUN_LOST, or why the run stops. */
  confirm(): Promise<void>
  /** The journal of a batch, for the target. Entries of an earlier attempt that are sent again keep their keys. */
  forBatch(batch: readonly (NumberedRecord | SentEntry)[]): WriteJournal
  /** What an earlier attempt learned of a record that the source yields again; each entry is told once. */
  recall(record: NumberedRecord): WriteOutcome | undefined
  /** What earlier attempts sent without learning what became of it. */
  inDoubt(): readonly SentEntry[]
  /** What earlier attempts sent in a batch that was cut off, and the store refused for the time being: to be sent again. */
  refused(): readonly SentEntry[]
  /** Notes what became of records in doubt. */
  settle(entries: readonly SettledEntry[]): Promise<void>
  /** Entries of earlier attempts whose record the source did not yield again; they count as so many records more. */
  takeLeftOver(read: number): readonly JournalEntry[]
  /** Entries that a count of so many records does not hold: of a batch that was cut off. */
  beyond(read: number): readonly JournalEntry[]
  /** Keys of durable entries that a checkpoint after so many records makes needless. */
  coveredBy(read: number): readonly string[]
  /** Forgets what that checkpoint covers. */
  forget(read: number): void
}

/** What a journal needs of its run. */
export interface JournalParts {
  readonly fence: number
  /** Entries of earlier attempts. */
  readonly entries: readonly JournalEntry[]
  /** Makes entries durable, or only makes sure of the hold. Throws RUN_LOST, REDIS_UNAVAILABLE. */
  readonly note: (entries: readonly JournalEntry[]) => Promise<void>
  /** Called once for each time that Redis goes. */
  readonly onAway: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Makes the journal of an attempt. */
export function createJournal(parts: JournalParts): RunJournal {
  const { fence, signal } = parts
  const known = new Map(parts.entries.map(entry => [entry.key, entry]))
  const earlier = createEarlier(parts.entries)
  /** As which record an entry is counted; absent: it is not yet. */
  const countedAs = new Map<string, number>()
  /** What a checkpoint on its way covers: noted after it, an entry would outlive it. */
  const covered = new Set<string>()
  const noteSurely = createNoting(parts)
  const noteSoon = createCollector(async entries => {
    const uncovered = entries.filter(({ key }) => !covered.has(key))
    if (uncovered.length > 0) await parts.note(uncovered)
  })

  /** What may be repeated is only kept in mind, for the counts of a run that is stopped. */
  function enter(each: NumberedRecord | SentEntry | undefined, isRepeatable: boolean): SentEntry {
    if (each === undefined) throw new AgentError('CONNECTOR_INVALID', 'target names a record that is not in its batch')
    if ('tag' in each) {
      known.set(each.key, each)
      return each
    }
    const { number, record } = each
    const hash = isRepeatable ? '' : hashOf(record)
    const entry: SentEntry = { tag: 'sent', key: `${fence}-${number}`, number, hash, record }
    known.set(entry.key, entry)
    countedAs.set(entry.key, number)
    return entry
  }

  function keyOf(each: NumberedRecord | SentEntry | undefined): string {
    return each === undefined ? '' : 'tag' in each ? each.key : `${fence}-${each.number}`
  }

  return {
    confirm: () => noteSurely([]),
    forBatch: batch => ({
      async sending(places, { isRepeatable }) {
        signal.throwIfAborted()
        const sent = places.map(place => enter(batch[place], isRepeatable))
        await noteSurely(isRepeatable ? [] : sent)
        signal.throwIfAborted()
      },
      settled(place, outcome) {
        const before = known.get(keyOf(batch[place]))
        if (before?.tag !== 'sent') return
        const entry = settledEntry(before, outcome)
        known.set(entry.key, entry)
        earlier.replace(entry)
        if (entry.hash !== '') noteSoon(entry)
      },
    }),
    recall(record) {
      const entry = earlier.take(record)
      if (entry === undefined) return undefined
      countedAs.set(entry.key, record.number)
      return outcomeOf(entry)
    },
    inDoubt: () => [...known.values()].filter(entry => entry.tag === 'sent'),
    refused: () => [...known.values()].flatMap(refusedEntry),
    async settle(settled) {
      for (const entry of settled) {
        known.set(entry.key, entry)
        earlier.replace(entry)
      }
      await noteSurely(settled)
    },
    takeLeftOver(read) {
      const left = earlier.takeAll()
      left.forEach(({ key }, index) => {
        countedAs.set(key, read + index + 1)
      })
      return left
    },
    beyond: read => [...known.values()].filter(({ key }) => (countedAs.get(key) ?? Number.POSITIVE_INFINITY) > read),
    coveredBy(read) {
      for (const [key, number] of countedAs) if (number <= read && known.get(key)?.hash !== '') covered.add(key)
      return [...covered]
    },
    forget(read) {
      for (const [key, number] of countedAs) {
        if (number > read) continue
        known.delete(key)
        countedAs.delete(key)
        covered.delete(key)
      }
    },
  }
}

/** What became of the record of an entry, as far as anybody knows. */
export function outcomeOf(entry: JournalEntry): WriteOutcome {
  return entry.tag === 'settled' ? entry.outcome : { status: 'unknown', message: doubt }
}

const doubt = 'it was on its way when the run was cut off; it may or may not have been applied'

/** A sent entry with what became of it. */
export function settledEntry({ key, number, hash, record }: SentEntry, outcome: WriteOutcome): SettledEntry {
  const isSafe = outcome.status === 'written' || outcome.status === 'unchanged'
  return { tag: 'settled', key, number, hash, outcome, ...(isSafe ? {} : { record }) }
}

/** As one that is sent again, an entry whose record was refused for a reason that passes. */
function refusedEntry(entry: JournalEntry): readonly SentEntry[] {
  if (entry.tag === 'sent' || entry.outcome.status !== 'rejected' || !entry.outcome.retryable) return []
  const { key, number, hash, record } = entry
  return record === undefined ? [] : [{ tag: 'sent', key, number, hash, record }]
}

const awayMs = 250
/** A process that stood still after it was told that the run is its own has to ask again. */
const staleMs = 5_000

/** Notes and, while Redis is away, waits: nothing may be sent meanwhile. */
function createNoting(parts: JournalParts): JournalParts['note'] {
  let isAway = false
  const onAway = (error: unknown) => {
    if (!isAway) parts.onAway(error)
    isAway = true
  }
  return async entries => {
    const note = async () => {
      const askedAt = performance.now()
      await parts.note(entries)
      return askedAt
    }
    let askedAt: number
    do {
      askedAt = await untilRedisAnswers(note, { everyMs: awayMs, signal: parts.signal, onAway })
      isAway = false
    } while (performance.now() - askedAt >= staleMs)
  }
}

/**
 * Notes outcomes in the background, those of one turn of the event loop together. Should one be lost, its record is
 * asked for again; whoever lost the run learns it before the next request.
 */
function createCollector(note: JournalParts['note']): (entry: SettledEntry) => void {
  let collected: SettledEntry[] = []
  return entry => {
    collected.push(entry)
    if (collected.length > 1) return
    setImmediate(() => {
      const entries = collected
      collected = []
      note(entries).catch(() => undefined)
    })
  }
}

/** Entries of earlier attempts that have not been met again, by what their record holds. */
function createEarlier(entries: readonly JournalEntry[]) {
  const groups = new Map<string, JournalEntry[]>()
  for (const entry of entries) groups.set(entry.hash, [...(groups.get(entry.hash) ?? []), entry])
  return {
    /** Of several alike the one with the same number is preferred; the source may yield another order. */
    take({ number, record }: NumberedRecord): JournalEntry | undefined {
      if (groups.size === 0) return undefined
      const hash = hashOf(record)
      const group = groups.get(hash) ?? []
      const entry = group.find(each => each.number === number) ?? group[0]
      const rest = group.filter(each => each !== entry)
      if (rest.length === 0) groups.delete(hash)
      else groups.set(hash, rest)
      return entry
    },
    replace(entry: JournalEntry): void {
      const group = groups.get(entry.hash)
      const place = group?.findIndex(({ key }) => key === entry.key) ?? -1
      if (group !== undefined && place >= 0) group[place] = entry
    },
    takeAll(): readonly JournalEntry[] {
      const left = [...groups.values()].flat()
      groups.clear()
      return left
    },
  }
}

function hashOf(record: DataRecord): string {
  return createHash('sha1').update(JSON.stringify(record)).digest('base64')
}
