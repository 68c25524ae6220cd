import type { RunContext } from '../../sdk/connector.ts'
import type { Patience, StoreClient } from '../client.ts'
import { type Choice, type FoundRecord, type LiveSource, mostRecords } from './sources.ts'

/** What a source told, or why it told nothing. */
export type Finding =
  | { readonly tag: 'found'; readonly choices: readonly Choice[]; readonly isComplete: boolean }
  | { readonly tag: 'unavailable'; readonly reason: string }

/** What a store tells of itself; each answer is kept, a failure is not. */
export interface StoreFacts {
  /** Asks all sources at once. Throws only the signal's reason: what cannot be had is a finding. */
  ask(sources: readonly LiveSource[], context: RunContext): Promise<ReadonlyMap<LiveSource, Finding>>
}

/** Somebody waits for a schema, which is of use without this too. */
const patience: Patience = { attempts: 2, totalMs: 5_000 }

/** Facts of the store behind a client; nothing is asked yet. */
export function createStoreFacts(client: StoreClient): StoreFacts {
  const answers = new Map<string, Promise<readonly FoundRecord[]>>()

  function recordsAt(path: string, context: RunContext): Promise<readonly FoundRecord[]> {
    const known = answers.get(path)
    if (known !== undefined) return known
    const asked = client.get(path, context, patience).then(({ body }) => recordsIn(body))
    answers.set(path, asked)
    asked.catch(() => answers.delete(path))
    return asked
  }

  return {
    async ask(sources, context) {
      const late = AbortSignal.timeout(patience.totalMs)
      const hurried = { ...context, signal: AbortSignal.any([context.signal, late]) }
      const found = await Promise.all(
        sources.map(async source => {
          try {
            return [source, findingOf(source, await recordsAt(source.path, hurried))] as const
          } catch (thrown) {
            context.signal.throwIfAborted()
            const reason = late.aborted ? `no answer in ${patience.totalMs / 1_000} s` : (thrown as Error).message
            return [source, { tag: 'unavailable', reason }] as const
          }
        }),
      )
      return new Map<LiveSource, Finding>(found)
    },
  }
}

/** v3 `{data}`, v2 a bare list, 204 nothing. */
function recordsIn(body: unknown): readonly FoundRecord[] {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : body
  return Array.isArray(data) ? (data as unknown[]).filter(isRecord) : []
}

function isRecord(value: unknown): value is FoundRecord {
  return typeof value === 'object' && value !== null
}

function findingOf(source: LiveSource, records: readonly FoundRecord[]): Finding {
  const choices = records.flatMap(record => source.choicesOf(record))
  const distinct = [...new Map(choices.map(each => [JSON.stringify([each.value, each.name]), each])).values()]
  return { tag: 'found', choices: distinct, isComplete: records.length < mostRecords }
}
