import type { DataRecord, TargetActivity, WriteContext, WriteOutcome } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { ObjectFacts } from '../catalogue/facts.ts'
import { findObject, fullName } from '../catalogue/objects.ts'
import type { StoreClient } from '../client.ts'
import type { BigCommerceConnection } from '../connection.ts'
import { maxBatchOf, recordsFor, rejected, roundsOf } from './call.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import { deleteAll, deleteAllRouteOf, settleDeleteAll } from './delete-all.ts'
import { deliver, type Means } from './deliver.ts'
import { createGate } from './gate.ts'
import { createTeller, type Teller } from './left-out.ts'
import { type Manner, usualManner } from './looks.ts'
import { createFinder } from './natural-keys.ts'
import { optionsSchemaOf, type WriteActivityName, type WriteOptions } from './options.ts'
import { createOutcomes } from './outcomes.ts'
import { type Deleter, deletersOf, planDelete } from './plan-delete.ts'
import { type Numbered, planWrite } from './plan-write.ts'
import { settleRecords } from './settle.ts'

/** The activity Create, Update or Delete: writes records of any object of the catalogue that has it. */
export function createTarget(
  activity: WriteActivityName,
  manner: Manner = usualManner,
): TargetActivity<BigCommerceConnection> {
  const prepare = createPreparer(activity)
  return {
    role: 'target',
    options: optionsSchemaOf(activity),
    batchSize: options => batchSizeOf(prepare(options)),
    async write({ client }, batch, options, context) {
      const prepared = prepare(options)
      const { object } = prepared
      const route = activity === 'Delete' ? deleteAllRouteOf(object, prepared.options) : undefined
      if (route !== undefined) return deleteAll({ object, route, options: prepared.options }, batch, client, context)
      return writeBatch(activity, prepared, batch, { client, context, manner })
    },
    async settle({ client }, records, options, context) {
      const prepared = prepare(options)
      const { object } = prepared
      const route = activity === 'Delete' ? deleteAllRouteOf(object, prepared.options) : undefined
      if (route !== undefined)
        return settleDeleteAll({ object, route, options: prepared.options }, records, client, context)
      const candidates = activity === 'Create' ? prepared.creates : prepared.updates
      return settleRecords({ object, candidates, options: prepared.options, manner }, records, client, context)
    },
  }
}

/** Everything that follows from the options alone. */
interface Prepared {
  readonly options: WriteOptions
  readonly object: ObjectFacts
  readonly finder: ReturnType<typeof createFinder>
  readonly creates: readonly Candidate[]
  readonly updates: readonly Candidate[]
  readonly deletes: readonly Deleter[]
}

/** Keeps what follows from the last options: compiling a schema for each batch would take longer than sending it. */
function createPreparer(activity: WriteActivityName): (options: unknown) => Prepared {
  let last: { readonly text: string; readonly prepared: Prepared } | undefined
  return given => {
    const options = given as WriteOptions // the host has checked them against the schema
    const text = JSON.stringify(options)
    if (last?.text !== text) last = { text, prepared: prepareOptions(activity, options) }
    return last.prepared
  }
}

function prepareOptions(activity: WriteActivityName, options: WriteOptions): Prepared {
  const object = findObject(options.object, options.subObject)
  if (options.upsert !== true && options.matchBy !== undefined && activity === 'Create')
    throw new ConnectorError('OPTIONS_INVALID', 'matchBy: is only for upsert when records are created')
  const isDelete = activity === 'Delete'
  const isAll = isDelete && deleteAllRouteOf(object, options) !== undefined
  const isUpdating = activity === 'Update' || options.upsert === true
  return {
    options,
    object,
    finder: createFinder(object, options),
    creates: activity === 'Create' ? candidatesOf(object, 'Create', options) : [],
    updates: isUpdating ? candidatesOf(object, 'Update', options) : [],
    deletes: isDelete && !isAll ? deletersOf(object, options) : [],
  }
}

/** So many that every lane has work for a while, and every list is full; a look-up by name is worth several of them. */
function batchSizeOf({ options, creates, updates, deletes, finder }: Prepared): number {
  const requests = [...[...creates, ...updates].map(({ route }) => ({ route, size: maxBatchOf(route) })), ...deletes]
  const wanted = requests.map(({ route, size }) => recordsFor(route, size, options))
  const most = Math.max(1, finder === undefined ? 1 : 10, ...wanted)
  const longestList = Math.max(1, ...requests.map(({ size }) => size))
  return Math.ceil(most / longestList) * longestList
}

/**
 * When the work has to end while nothing was applied yet, that is thrown. A reason that passes (the store stays away) is
 * thrown later too: the journal knows what was applied, so the host goes on behind it in the next attempt. One that stays
 * (a token is refused) rejects the rest, so that somebody can mend and replay it; the next batch will throw. An abort and
 * what the journal says are thrown in any case.
 */
async function writeBatch(
  activity: WriteActivityName,
  prepared: Prepared,
  batch: readonly DataRecord[],
  {
    client,
    context,
    manner,
  }: {
    readonly client: StoreClient
    readonly context: WriteContext
    readonly manner: Manner
  },
): Promise<readonly WriteOutcome[]> {
  const outcomes = createOutcomes(context.journal)
  const gate = createGate(context.journal)
  const teller = createTeller(fullName(prepared.object), context)
  const parts = {
    activity,
    prepared,
    teller,
    means: { client, context, options: prepared.options, outcomes, gate, manner, batch },
  }
  let rest = rejected('CONNECTOR_FAULT', 'nothing became of the record')
  let end: ConnectorError | undefined
  try {
    await writeRounds(parts, batch)
  } catch (thrown) {
    context.signal.throwIfAborted()
    gate.throwIfClosed()
    if (!(thrown instanceof ConnectorError)) throw thrown
    rest = rejected(thrown.code, thrown.message, thrown.retryable)
    if (thrown.retryable || !outcomes.isTouched) end = thrown
  }
  teller.tell()
  batch.forEach((_, index) => {
    if (outcomes.get(index) === undefined) outcomes.set(index, rest)
  })
  if (end !== undefined) throw end
  return batch.map((_, index) => outcomes.get(index) ?? rest)
}

interface Parts {
  readonly activity: WriteActivityName
  readonly prepared: Prepared
  readonly teller: Teller
  readonly means: Means
}

async function writeRounds({ activity, prepared, teller, means }: Parts, batch: readonly DataRecord[]): Promise<void> {
  const { object, finder, options, creates, updates, deletes } = prepared
  const numbered = batch.map((record, index) => ({ index, record }))
  // Of two records with the same name the second finds what the first has made.
  const rounds = finder === undefined ? [numbered] : roundsOf(numbered, ({ record }) => finder.nameOf(record))
  for (const round of rounds) {
    means.context.signal.throwIfAborted()
    const isAllNew = finder === undefined && activity === 'Create'
    const { there, absent } =
      finder !== undefined
        ? await look(round, prepared, means)
        : { there: isAllNew ? [] : round, absent: isAllNew ? round : [] }
    if (activity === 'Delete') await deliver(planDelete(object, deletes, there, options), means)
    else if (there.length > 0) await deliver(planWrite(object, updates, there, teller.note), means)
    if (absent.length > 0) await deliver(planWrite(object, creates, absent, teller.note), means)
  }
}

/** Looks up which records are there. What is not is created by an upsert, and rejected by the other activities. */
async function look(
  round: readonly Numbered[],
  { finder, object, creates, options }: Prepared,
  { client, context, outcomes }: Means,
): Promise<{ readonly there: readonly Numbered[]; readonly absent: readonly Numbered[] }> {
  const there: Numbered[] = []
  const absent: Numbered[] = []
  for (const found of (await finder?.find(round, client, context)) ?? []) {
    if (found.tag === 'settled') outcomes.set(found.index, found.outcome)
    else if (found.tag === 'there') there.push(found.numbered)
    else if (creates.length > 0) absent.push(found.numbered)
    else {
      const message = `there is none of ${fullName(object)} with this ${options.matchBy}`
      outcomes.set(found.numbered.index, rejected('NOT_FOUND', message))
    }
  }
  return { there, absent }
}
