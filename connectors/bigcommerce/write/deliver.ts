import type { DataRecord, RunContext, Settlement, WriteOutcome } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { StoreClient, WriteAnswer } from '../client.ts'
import { endpointOf } from '../endpoint.ts'
import { templateOf } from '../paths.ts'
import { noteTooMany, withinLimit } from './batch-limit.ts'
import { type Call, groupBy, type Item, lanesOf, type Plan, rejected } from './call.ts'
import type { Gate } from './gate.ts'
import { lookFor, type Manner } from './looks.ts'
import type { WriteOptions } from './options.ts'
import type { Outcomes } from './outcomes.ts'
import type { Search } from './read-back.ts'
import { isRepeatable } from './repeatable.ts'
import { judgeAnswer } from './verdict.ts'

/** What a delivery needs besides the plan. */
export interface Means {
  readonly client: StoreClient
  readonly options: WriteOptions
  readonly context: RunContext
  readonly outcomes: Outcomes
  readonly gate: Gate
  readonly manner: Manner
  readonly batch: readonly DataRecord[]
}

/**
 * Sends what is planned, round after round, as many requests at a time as allowed; outcomes are put where they belong.
 * Throws what ends the work, after everything on its way is settled: outcomes tell what was applied until then.
 */
export async function deliver({ rounds, settled }: Plan, means: Means): Promise<void> {
  const { outcomes, options, context } = means
  for (const { index, outcome } of settled) outcomes.set(index, outcome)
  for (const round of rounds) {
    for (const calls of groupBy(round, nameOf).values()) {
      const [first] = calls
      if (first === undefined) continue
      const end = await inLanes(calls, lanesOf(first.route, options), call => sendParts(call, means))
      context.signal.throwIfAborted()
      if (end !== undefined) throw end.thrown
    }
  }
}

function nameOf({ route }: Call): string {
  return `${route.operation.method} ${templateOf(route)}`
}

async function sendParts(call: Call, means: Means): Promise<void> {
  for (const part of withinLimit(call, call.items, means.context)) {
    means.context.signal.throwIfAborted()
    await sendCall(call, part, means)
  }
}

/** What came of a call before. */
interface Past {
  /** How often these records were sent without certainty. */
  readonly sendings: number
  /** When they were sent first. */
  readonly sentAtMs: number
}

/** Sends a call; what was not applied of a list is sent again in parts. Throws what ends the work. */
async function sendCall(call: Call, items: readonly Item[], means: Means, past?: Past): Promise<void> {
  const { client, context, gate } = means
  const { method } = call.route.operation
  if (method === 'GET') throw new ConnectorError('CONNECTOR_FAULT', 'a request that reads cannot write')
  const manner = { isRepeatable: isRepeatable(call, items) }
  const announce = gate.announce(placesOf(items), manner)
  const sentAtMs = past?.sentAtMs ?? Date.now()
  const answer = await client.send(
    { method, ...call.make(items), ...manner, announce, endpoint: endpointOf(call.route) },
    context,
  )
  if (answer.tag === 'answered' && answer.status === 413) noteTooMany(call, items, context)
  const { settled, again } = judgeAnswer(answer, call, items)
  const doubts = manner.isRepeatable ? [] : settled.filter(({ outcome }) => isDoubtful(outcome, past))
  for (const each of settled) if (!doubts.includes(each)) means.outcomes.set(each.item.index, each.outcome)
  if (doubts.length > 0) {
    const history = { sendings: (past?.sendings ?? 0) + 1, sentAtMs }
    await settleDoubts(call, { doubts, answer }, means, history)
  }
  for (const part of again) {
    context.signal.throwIfAborted()
    await sendCall(call, part, means, past)
  }
}

/** After doubt a refusal may be that of a record which the request before has made. */
function isDoubtful({ status }: WriteOutcome, past: Past | undefined): boolean {
  return status === 'unknown' || (status === 'rejected' && past !== undefined)
}

interface Doubts {
  readonly doubts: readonly { readonly item: Item; readonly outcome: WriteOutcome }[]
  readonly answer: WriteAnswer
}

/** Finds out by reading what became of records; what is absent is sent again, a few times. */
async function settleDoubts(call: Call, { doubts, answer }: Doubts, means: Means, past: Past): Promise<void> {
  const { outcomes, manner, context } = means
  const isLate = answer.tag === 'uncertain' && answer.isLate
  const isRefused = doubts.every(({ outcome }) => outcome.status === 'rejected')
  const looks = isRefused ? [0] : manner.looksMs[isLate ? 'late' : 'cut']
  const items = doubts.map(({ item }) => item)
  const found = await lookFor(items, looks, searchFor(call, means, past))
  const absent: Item[] = []
  for (const { item, outcome } of doubts) {
    const settlement = found.get(item) ?? { status: 'absent' }
    const end = endOf(settlement, outcome)
    if (end !== undefined) outcomes.set(item.index, end)
    else if (past.sendings < manner.sendings) absent.push(item)
    else outcomes.set(item.index, notApplied(answer, past))
  }
  if (absent.length === 0) return
  context.signal.throwIfAborted()
  await sendCall(call, absent, means, past)
}

/** The outcome of a record that was looked for; undefined: it is absent, and may be sent again. */
function endOf(settlement: Settlement, outcome: WriteOutcome): WriteOutcome | undefined {
  if (settlement.status === 'written') return settlement
  // The store has said no, and there is nothing that says otherwise.
  if (outcome.status === 'rejected') return outcome
  if (settlement.status === 'absent') return undefined
  if (settlement.status !== 'unknown' || outcome.status !== 'unknown') return settlement
  return { status: 'unknown', message: `${outcome.message}; ${settlement.message}` }
}

function notApplied(answer: WriteAnswer, { sendings }: Past): WriteOutcome {
  const code = answer.tag === 'uncertain' ? answer.code : 'REQUEST_REFUSED'
  return rejected(code, `${answer.message}; sent ${sendings} times and read back each time: it is not there`, true)
}

function searchFor({ object }: Call, { client, options, context, outcomes, batch }: Means, { sentAtMs }: Past): Search {
  const others = () =>
    batch.map((record, index) => ({ record, index })).filter(({ index }) => outcomes.get(index) === undefined)
  return { object, options, client, context, sentAtMs, taken: outcomes.ids, others }
}

function placesOf(items: readonly Item[]): readonly number[] {
  return items.map(({ index }) => index)
}

/** Runs work in so many lanes. After the first failure nothing new is begun; what is on its way is waited for. */
async function inLanes(
  calls: readonly Call[],
  lanes: number,
  work: (call: Call) => Promise<void>,
): Promise<{ readonly thrown: unknown } | undefined> {
  let end: { readonly thrown: unknown } | undefined
  let next = 0
  const lane = async () => {
    for (let call = calls[next]; call !== undefined && end === undefined; call = calls[next]) {
      next += 1
      await work(call).catch(thrown => {
        end ??= { thrown }
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, calls.length) }, lane))
  return end
}
