import type { DataRecord, Page, Position, WriteOutcome } from '../../connectors/sdk/connector.ts'
import type { UnsettledRecord } from '../logs/unsettled-records.ts'
import type { MadeWatch } from './debug-flow.ts'
import { unsettledFrom } from './outcomes.ts'
import { noCounts, type RunCounts } from './status.ts'
import type { CompiledTransformation, Transformed } from './transformation.ts'

/** What flows through a pipeline and where to. */
export interface PipelineParts {
  readonly pages: AsyncIterable<Page>
  readonly transformation: CompiledTransformation
  readonly batchSize: number
  readonly write: (batch: readonly NumberedRecord[]) => Promise<readonly WriteOutcome[]>
  /** Where an earlier attempt stood; its counts go on. */
  readonly resume: Progress
  /** Called after each batch is safe; `progress` counts every record up to there. What it throws ends the run. */
  readonly onSettled: (progress: Progress, settled: Settled) => void
  readonly onTotal: (total: number) => void
  readonly watch?: MadeWatch
  readonly signal: AbortSignal
}

/** Up to where everything is settled; the counts tell how. */
export interface Progress {
  readonly position?: Position
  readonly skip: number
  readonly counts: RunCounts
}

/** What is to be told of the records settled last. */
export interface Settled {
  readonly unsettled: readonly UnsettledRecord[]
  readonly warnings: readonly string[]
}

/** A record on its way to the target; `number` is its place in the source, from 1. */
export interface NumberedRecord {
  readonly number: number
  readonly record: DataRecord
}

/** What goes to the target at once, with all that was decided about the records since the load before. */
interface Load {
  readonly batch: readonly NumberedRecord[]
  /** Counted together with the batch, so that counts never run ahead of the checkpoint. */
  readonly counts: RunCounts
  readonly unsettled: readonly UnsettledRecord[]
  /** The last record the load decides about. */
  readonly through: number
}

/**
 * Pumps pages through the transformation into batches and writes them, one batch at a time and in source order; while
 * one is being written the next is made. Holds one page and two batches. Batches may span pages; a checkpoint names
 * the last whole page and how many records of the next are settled, so that a resumed source drops just those.
 */
export async function pump(parts: PipelineParts): Promise<Progress> {
  const ledger = createLedger(parts)
  const writer = createWriter(parts, ledger)
  const belt = createBelt(parts, ledger, writer)
  try {
    for await (const page of parts.pages) {
      parts.signal.throwIfAborted()
      if (page.total !== undefined) parts.onTotal(page.total)
      await belt.take(page)
    }
    parts.signal.throwIfAborted()
    await belt.end()
  } finally {
    // What is on its way when the source fails is settled too.
    await writer.idle()
  }
  return ledger.progress()
}

/** Cuts pages into loads. */
function createBelt(
  { transformation, batchSize, resume, watch }: PipelineParts,
  ledger: Ledger,
  writer: Writer,
): { take(page: Page): Promise<void>; end(): Promise<void> } {
  let toSkip = resume.skip
  let seen = resume.counts.read
  let batch: NumberedRecord[] = []
  let counts = noCounts()
  let unsettled: UnsettledRecord[] = []

  function takeRecord(record: DataRecord, made: Transformed): void {
    seen += 1
    counts.read += 1
    if (made.status === 'filtered') counts.filtered += 1
    else if (made.status === 'record') batch.push({ number: seen, record: made.record })
    else {
      const { message } = made
      counts.rejected += 1
      const cause = { code: 'TRANSFORMATION_INVALID', message, isRetryable: false }
      unsettled.push({ number: seen, status: 'rejected', ...cause, stage: 'source', record })
    }
  }

  function handOver(): Promise<void> {
    const load = { batch, counts, unsettled, through: seen }
    batch = []
    counts = noCounts()
    unsettled = []
    return writer.write(load)
  }

  return {
    async take(page) {
      const dropped = Math.min(toSkip, page.records.length)
      toSkip -= dropped
      const records = dropped === 0 ? page.records : page.records.slice(dropped)
      // Told before its records are settled: a batch that ends with the page settles the page.
      ledger.addPage({ through: seen + records.length, position: page.position })
      const watching = watch?.isOn() === true ? watch : undefined
      for (const record of records) {
        const made = transformation.apply(record)
        // Awaiting what is no promise would cost a turn of the event loop per record.
        const settled = made instanceof Promise ? await made : made
        takeRecord(record, settled)
        watching?.made({ number: seen, record }, settled)
        if (batch.length >= batchSize) await handOver()
      }
      // A page that was filtered out as a whole moves the checkpoint too.
      if (batch.length === 0 && counts.read > 0) await handOver()
    },
    async end() {
      if (counts.read > 0) await handOver()
      await writer.done()
    },
  }
}

interface Writer {
  /** Starts to write a load; resolves when the one before it is settled. Throws what that one threw. */
  write(load: Load): Promise<void>
  /** Resolves when everything is settled. Throws what the last load threw. */
  done(): Promise<void>
  /** Resolves when nothing is on its way, whatever became of it. */
  idle(): Promise<void>
}

/** Writes one load at a time. */
function createWriter({ write, onSettled, signal }: PipelineParts, ledger: Ledger): Writer {
  let last = Promise.resolve()

  async function settle(load: Load): Promise<void> {
    const outcomes = load.batch.length === 0 ? [] : await write(load.batch)
    const { unsettled, warnings } = count(load.batch, outcomes, load.counts)
    onSettled(ledger.settle(load), { unsettled: [...load.unsettled, ...unsettled], warnings })
  }

  return {
    async write(load) {
      await last
      signal.throwIfAborted()
      last = settle(load)
      // Its failure is thrown by whoever waits for it next; until then it must not count as unhandled.
      last.catch(() => undefined)
    },
    done: () => last,
    idle: () => last.catch(() => undefined),
  }
}

/** Knows up to where everything is settled. */
interface Ledger {
  addPage(page: { readonly through: number; readonly position: Position }): void
  settle(load: Load): Progress
  progress(): Progress
}

function createLedger({ resume }: PipelineParts): Ledger {
  const counts: RunCounts = { ...resume.counts }
  const pages: { readonly through: number; readonly position: Position }[] = []
  let position = resume.position
  let pageEnd = resume.counts.read - resume.skip
  const progress = (): Progress => {
    const at = { skip: counts.read - pageEnd, counts: { ...counts } }
    return position === undefined ? at : { ...at, position }
  }
  return {
    addPage: page => pages.push(page),
    settle(load) {
      for (const name of Object.keys(counts) as (keyof RunCounts)[]) counts[name] += load.counts[name]
      for (let next = pages[0]; next !== undefined && next.through <= load.through; next = pages[0]) {
        position = next.position
        pageEnd = next.through
        pages.shift()
      }
      return progress()
    },
    progress,
  }
}

function count(batch: readonly NumberedRecord[], outcomes: readonly WriteOutcome[], counts: RunCounts) {
  const unsettled: UnsettledRecord[] = []
  const warnings: string[] = []
  batch.forEach((numbered, index) => {
    const outcome = outcomes[index]
    if (outcome === undefined) return
    counts[outcome.status] += 1
    if (outcome.status === 'written' && outcome.warning !== undefined)
      warnings.push(`record ${numbered.number}: ${outcome.warning}`)
    const kept = unsettledFrom(numbered, outcome)
    if (kept !== undefined) unsettled.push(kept)
  })
  return { unsettled, warnings }
}
