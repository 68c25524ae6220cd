import type { JsonValue, ReadContext, WriteContext } from './connector.ts'

/** Everything that any method of a connector may be given. */
export type WholeContext = ReadContext & WriteContext

/** A context for tests of connectors: it logs nothing, heeds no quota and keeps its state in a map. */
export function quietContext(changes: Partial<WholeContext> = {}): WholeContext {
  const ignore = () => undefined
  return {
    runId: 'a-test',
    signal: new AbortController().signal,
    log: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    pacing: {
      acquire: async (_account, _request, signal) => {
        signal.throwIfAborted()
        return ignore
      },
      report: ignore,
      hold: ignore,
    },
    state: stateOver(new Map()),
    tell: ignore,
    journal: { sending: async () => undefined, settled: ignore },
    ...changes,
  }
}

/** A run's state that lives in a map. */
export function stateOver(entries: Map<string, JsonValue>): WholeContext['state'] {
  return { get: key => entries.get(key), set: (key, value) => void entries.set(key, value) }
}
