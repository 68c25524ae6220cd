import type { RunContext } from '../../sdk/connector.ts'
import { ConnectorError } from '../../sdk/errors.ts'
import type { StoreClient } from '../client.ts'
import { templateOf } from '../paths.ts'
import { type Call, groupBy, type Item, lanesOf, type Plan } from './call.ts'
import type { Gate } from './gate.ts'
import type { WriteOptions } from './options.ts'
import type { Outcomes } from './outcomes.ts'
import { isRepeatable } from './repeatable.ts'
import { judgeAnswer } from './verdict.ts'

/** What a delivery needs besides the plan. */
export interface Means {
  readonly client: StoreClient
  readonly options: WriteOptions
  readonly context: RunContext
  readonly outcomes: Outcomes
  readonly gate: Gate
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
      const end = await inLanes(calls, lanesOf(first.route, options), call => sendCall(call, call.items, means))
      context.signal.throwIfAborted()
      if (end !== undefined) throw end.thrown
    }
  }
}

function nameOf({ route }: Call): string {
  return `${route.operation.method} ${templateOf(route)}`
}

/** Sends a call; what was not applied of a list is sent again in parts. Throws what ends the work. */
async function sendCall(call: Call, items: readonly Item[], means: Means): Promise<void> {
  const { client, context, outcomes, gate } = means
  const { method } = call.route.operation
  if (method === 'GET') throw new ConnectorError('CONNECTOR_FAULT', 'a request that reads cannot write')
  const manner = { isRepeatable: isRepeatable(call, items) }
  const announce = gate.announce(placesOf(items), manner)
  const answer = await client.send({ method, ...call.make(items), ...manner, announce }, context)
  const { settled, again } = judgeAnswer(answer, call, items)
  for (const { item, outcome } of settled) outcomes.set(item.index, outcome)
  for (const part of again) {
    context.signal.throwIfAborted()
    await sendCall(call, part, means)
  }
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
