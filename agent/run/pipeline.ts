import type { DataRecord, Page, Position, WriteOutcome } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import type { UnsettledRecord } from '../logs/operation-log.ts'
import { noCounts, type RunCounts } from './status.ts'
import type { CompiledTransformation, Transformed } from './transformation.ts'

/** What flows through a pipeline and where to. */
export interface PipelineParts {
  readonly pages: AsyncIterable<Page>
  readonly transformation: CompiledTransformation
  readonly batchSize: number
  readonly write: (batch: readonly DataRecord[]) => Promise<readonly WriteOutcome[]>
  /** Where an earlier attempt stood; its counts go on. */
  readonly resume: Progress
  /** Called after each batch is safe; `progress` counts every record up to there. What it throws ends the run. */
  readonly onSettled: (progress: Progress, settled: Settled) => void
  readonly onTotal: (total: number) => void
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
interface Pending {
  readonly number: number
  readonly record: DataRecord
}

/**
 * Pumps pages through the transformation into batches and writes them, one batch at a time and in source order.
 * Holds one page and one batch. Batches may span pages; a checkpoint names the last whole page and how many records
 * of the next are settled, so that a resumed source drops just those.
 */
export async function pump(parts: PipelineParts): Promise<Progress> {
  const belt = createBelt(parts)
  for await (const page of parts.pages) {
    parts.signal.throwIfAborted()
    if (page.total !== undefined) parts.onTotal(page.total)
    await belt.take(page)
  }
  parts.signal.throwIfAborted()
  return belt.end()
}

interface Belt {
  take(page: Page): Promise<void>
  /** Writes what is left. */
  end(): Promise<Progress>
}

function createBelt({ transformation, batchSize, write, resume, onSettled, signal }: PipelineParts): Belt {
  const counts: RunCounts = { ...resume.counts }
  const boundaries: { readonly through: number; readonly position: Position }[] = []
  let position = resume.position
  let settledPageEnd = resume.counts.read - resume.skip
  let toSkip = resume.skip
  let seen = resume.counts.read
  let batch: Pending[] = []
  // What the transformation decided since the last batch; counted together with the batch, so that counts never
  // run ahead of the checkpoint.
  let waiting = noCounts()
  let waitingUnsettled: UnsettledRecord[] = []

  async function settle(): Promise<Progress> {
    signal.throwIfAborted()
    const outcomes = batch.length === 0 ? [] : await write(batch.map(({ record }) => record))
    if (outcomes.length !== batch.length) {
      throw new AgentError(
        'CONNECTOR_INVALID',
        `target answered ${outcomes.length} outcomes for ${batch.length} records`,
      )
    }
    const settled = count(batch, outcomes, waiting)
    for (const name of Object.keys(counts) as (keyof RunCounts)[]) counts[name] += waiting[name]
    const unsettled = [...waitingUnsettled, ...settled.unsettled]
    batch = []
    waiting = noCounts()
    waitingUnsettled = []
    const progress = progressAt(seen)
    onSettled(progress, { unsettled, warnings: settled.warnings })
    return progress
  }

  function progressAt(through: number): Progress {
    for (let next = boundaries[0]; next !== undefined && next.through <= through; next = boundaries[0]) {
      position = next.position
      settledPageEnd = next.through
      boundaries.shift()
    }
    const at = { skip: through - settledPageEnd, counts: { ...counts } }
    return position === undefined ? at : { ...at, position }
  }

  function takeRecord(record: DataRecord, made: Transformed): void {
    seen += 1
    waiting.read += 1
    if (made.status === 'filtered') waiting.filtered += 1
    else if (made.status === 'record') batch.push({ number: seen, record: made.record })
    else {
      const { message } = made
      waiting.rejected += 1
      waitingUnsettled.push({ number: seen, status: 'rejected', code: 'TRANSFORMATION_INVALID', message, record })
    }
  }

  return {
    async take(page) {
      const dropped = Math.min(toSkip, page.records.length)
      toSkip -= dropped
      const records = dropped === 0 ? page.records : page.records.slice(dropped)
      // The boundary stands before its records are settled: a batch that ends with the page settles the page.
      boundaries.push({ through: seen + records.length, position: page.position })
      for (const record of records) {
        const made = transformation.apply(record)
        // Awaiting what is no promise would cost a turn of the event loop per record.
        takeRecord(record, made instanceof Promise ? await made : made)
        if (batch.length >= batchSize) await settle()
      }
      // A page that was filtered out as a whole moves the checkpoint too.
      if (batch.length === 0 && waiting.read > 0) await settle()
    },
    end: () => (batch.length > 0 || waiting.read > 0 ? settle() : Promise.resolve(progressAt(seen))),
  }
}

function count(batch: readonly Pending[], outcomes: readonly WriteOutcome[], counts: RunCounts) {
  const unsettled: UnsettledRecord[] = []
  const warnings: string[] = []
  batch.forEach(({ number, record }, index) => {
    const outcome = outcomes[index]
    if (outcome === undefined) return
    counts[outcome.status] += 1
    if (outcome.status === 'written' && outcome.warning !== undefined)
      warnings.push(`record ${number}: ${outcome.warning}`)
    if (outcome.status === 'rejected') {
      const { code, message } = outcome
      unsettled.push({ number, status: 'rejected', code, message, record })
    }
    if (outcome.status === 'unknown') unsettled.push({ number, status: 'unknown', message: outcome.message, record })
  })
  return { unsettled, warnings }
}
