import type { Settlement, TargetActivity, WriteOutcome } from '../../connectors/sdk/connector.ts'
import { AgentError } from '../errors.ts'
import type { Endpoint } from './endpoints.ts'
import { withinGrace, writeSignal } from './grace.ts'
import { type RunJournal, type SentEntry, settledEntry } from './journal.ts'
import type { NumberedRecord } from './pipeline.ts'

/** Hands records to the target, each of them once, over all attempts of a run. */
export interface Delivery {
  /** Finds out what became of what an earlier attempt sent last, and sends what was not applied or refused for a while. */
  settleDoubts(): Promise<void>
  /** Writes a batch; what an earlier attempt has settled is not sent again. One outcome per record, same order. */
  write(batch: readonly NumberedRecord[]): Promise<readonly WriteOutcome[]>
}

/** What a delivery works with. */
export interface DeliveryParts {
  readonly target: Endpoint<TargetActivity>
  readonly journal: RunJournal
  /** Redis was started anew since: the journal may lack what was sent last. */
  readonly isJournalDoubtful: boolean
  readonly tell: (level: 'info' | 'warning', message: string) => void
  readonly signal: AbortSignal
}

/** So many records are looked for in the store when the journal may lack some: more than a second can hold. */
const lookedForAgain = 1_000

/** Makes the delivery of one attempt. */
export function createDelivery({ target, journal, isJournalDoubtful, tell, signal }: DeliveryParts): Delivery {
  const { activity, connection, options, context } = target
  const lateSignal = writeSignal(signal)
  let toLookFor = isJournalDoubtful && activity.settle !== undefined ? lookedForAgain : 0

  async function send(batch: readonly (NumberedRecord | SentEntry)[]): Promise<readonly WriteOutcome[]> {
    const records = batch.map(({ record }) => record)
    const writing = { ...context, signal: lateSignal, journal: journal.forBatch(batch) }
    if (records.length === 0) return []
    const outcomes = await withinGrace(activity.write(connection, records, options, writing), lateSignal)
    return checked(outcomes, batch.length)
  }

  async function ask(batch: readonly (NumberedRecord | SentEntry)[]): Promise<readonly (Settlement | undefined)[]> {
    const records = batch.map(({ record }) => record)
    if (activity.settle === undefined || records.length === 0) return records.map(() => undefined)
    const settlements = await withinGrace(activity.settle(connection, records, options, context), signal)
    return checked(settlements, batch.length)
  }

  /** What is in the store already, of records that may have been sent without leaving a trace in the journal. */
  async function lookFor(batch: readonly NumberedRecord[]): Promise<readonly (WriteOutcome | undefined)[]> {
    if (toLookFor <= 0) return batch.map(() => undefined)
    toLookFor -= batch.length
    const found = await ask(batch)
    const isThere = found.map(each => (each?.status === 'written' || each?.status === 'unchanged' ? each : undefined))
    const count = isThere.filter(each => each !== undefined).length
    if (count > 0) tell('warning', `redis was started anew; ${count} records are in the store already and are not sent`)
    return isThere
  }

  /** Settles what is in doubt; resolves with what was not applied. */
  async function absentOf(doubts: readonly SentEntry[]): Promise<readonly SentEntry[]> {
    if (doubts.length === 0) return []
    const found = await ask(doubts)
    tell('info', doubtsText(found))
    await journal.settle(settledFrom(doubts, found))
    return doubts.filter((_, place) => found[place]?.status === 'absent')
  }

  return {
    async settleDoubts() {
      const refused = journal.refused()
      const absent = await absentOf(journal.inDoubt())
      if (refused.length > 0) tell('info', refusedText(refused.length))
      const again = [...absent, ...refused].sort((a, b) => a.number - b.number)
      const size = activity.batchSize(options)
      for (let from = 0; from < again.length; from += size) {
        const batch = again.slice(from, from + size)
        await journal.settle(settledFrom(batch, await send(batch)))
      }
    },
    async write(batch) {
      await journal.confirm()
      const outcomes = new Map<NumberedRecord, WriteOutcome>()
      const missing = () => batch.filter(record => !outcomes.has(record))
      const put = (records: readonly NumberedRecord[], found: readonly (WriteOutcome | undefined)[]) => {
        records.forEach((record, place) => {
          const outcome = found[place]
          if (outcome !== undefined) outcomes.set(record, outcome)
        })
      }
      put(batch, batch.map(journal.recall))
      put(missing(), await lookFor(missing()))
      put(missing(), await send(missing()))
      return batch.flatMap(record => outcomes.get(record) ?? [])
    },
  }
}

function checked<T>(answers: readonly T[], expected: number): readonly T[] {
  if (answers.length === expected) return answers
  throw new AgentError('CONNECTOR_INVALID', `target answered ${answers.length} outcomes for ${expected} records`)
}

function settledFrom(entries: readonly SentEntry[], found: readonly (Settlement | undefined)[]) {
  return entries.flatMap((entry, place) => {
    const settlement = found[place]
    return settlement === undefined || settlement.status === 'absent' ? [] : [settledEntry(entry, settlement)]
  })
}

/** `5 records were on their way when the run was cut off: 3 had been applied, 1 was not and is sent again, 1 …`. */
function doubtsText(found: readonly (Settlement | undefined)[]): string {
  const count = (isSo: (status: string) => boolean) => found.filter(each => isSo(each?.status ?? 'unknown')).length
  const absent = count(status => status === 'absent')
  const unknown = count(status => status === 'unknown')
  const known = found.length - absent - unknown
  const parts = [`${known} were settled by reading back`, `${absent} were not applied and are sent again`]
  const rest = unknown === 0 ? [] : [`${unknown} stay unknown`]
  return `${found.length} records were on their way when the run was cut off: ${[...parts, ...rest].join(', ')}`
}

function refusedText(count: number): string {
  const records = count === 1 ? '1 record was' : `${count} records were`
  return `${records} refused for a while and ${count === 1 ? 'is' : 'are'} sent again`
}
