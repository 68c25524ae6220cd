import type { WriteOutcome } from '../../sdk/connector.ts'
import type { WriteAnswer } from '../client.ts'
import type { Call, Item } from './call.ts'
import { partsOf } from './parts.ts'
import { inDoubt, refused } from './refusal.ts'
import { isRepeatable } from './repeatable.ts'
import { idOf, rowsOf, withRows } from './rows.ts'

/** What an answer means for the records of a call. */
export interface Verdict {
  readonly settled: readonly { readonly item: Item; readonly outcome: WriteOutcome }[]
  /** What has to be sent again, in these parts: nothing of it was applied, or it may be applied twice. */
  readonly again: readonly (readonly Item[])[]
}

type Answered = WriteAnswer & { readonly tag: 'answered' }

/** Judges the answer to a call of these items (all of the call, or a part of it). */
export function judgeAnswer(answer: WriteAnswer, call: Call, items: readonly Item[]): Verdict {
  const { settled, again } = judge(answer, call, items)
  const { requestId } = answer
  if (requestId === undefined) return { settled, again }
  return { settled: settled.map(({ item, outcome }) => ({ item, outcome: withRequest(outcome, requestId) })), again }
}

/** The store's support asks for the id when something was not written. */
function withRequest(outcome: WriteOutcome, requestId: string): WriteOutcome {
  return outcome.status === 'rejected' || outcome.status === 'unknown' ? { ...outcome, requestId } : outcome
}

function judge(answer: WriteAnswer, call: Call, items: readonly Item[]): Verdict {
  if (answer.tag === 'uncertain') return all(items, inDoubt(answer.message))
  const isSuccess = answer.status >= 200 && answer.status < 300
  const parts = partsOf(answer, call, items)
  if (parts !== undefined) return parts
  if (isSuccess) return success(answer, call, items)
  return refusal(answer, call, items)
}

function all(items: readonly Item[], outcome: WriteOutcome): Verdict {
  return { settled: items.map(item => ({ item, outcome })), again: [] }
}

function success(answer: Answered, call: Call, items: readonly Item[]): Verdict {
  // 207: saved, but a part of it (a URL, the stock) was not.
  const warning = answer.status === 207 ? answer.message : undefined
  if (call.route.operation.method === 'DELETE')
    return { settled: items.map(item => ({ item, outcome: written(item.key, warning) })), again: [] }
  const matched = withRows(items, rowsOf(answer.body), call)
  return {
    settled: matched.map(({ item, row, isMissing }) => {
      if (isMissing) return { item, outcome: unmentioned(item, call) }
      return { item, outcome: written(row === undefined ? item.key : (idOf(row, call) ?? item.key), warning) }
    }),
    again: [],
  }
}

/**
 * The answer to a list leaves a record out. An address that is there already is left out silently (document of
 * customers v3); of other objects nothing is known.
 */
function unmentioned(item: Item, { object }: Call): WriteOutcome {
  const id = item.key === undefined ? {} : { id: item.key }
  if (object.name === 'customer-addresses') return { status: 'unchanged', ...id }
  return { status: 'written', ...id, warning: 'the store accepted it, but does not tell of it in its answer' }
}

function written(id: string | undefined, warning: string | undefined): WriteOutcome {
  return { status: 'written', ...(id === undefined ? {} : { id }), ...(warning === undefined ? {} : { warning }) }
}

/** Nothing was applied. Which record is to blame shows when a list is sent again in halves. */
function refusal(answer: Answered, call: Call, items: readonly Item[]): Verdict {
  const { method } = call.route.operation
  if (items.length > 1 && (!answer.isAfterDoubt || isRepeatable(call, items))) {
    const middle = Math.ceil(items.length / 2)
    return { settled: [], again: [items.slice(0, middle), items.slice(middle)] }
  }
  // The attempt before this one has deleted it.
  if (method === 'DELETE' && answer.status === 404 && answer.isAfterDoubt)
    return { settled: items.map(item => ({ item, outcome: written(item.key, undefined) })), again: [] }
  return all(items, refused(answer.status, answer.message))
}
