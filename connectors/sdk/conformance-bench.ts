import { randomUUID } from 'node:crypto'
import type { ConformanceSamples } from './conformance.ts'
import type { Connection, Connector, JsonValue } from './connector.ts'
import { quietContext, stateOver, type WholeContext } from './quiet-context.ts'

/** One rule of the contract, tried on one subject. */
export interface Rule {
  readonly rule: string
  readonly subject: string
  readonly check: (bench: Bench) => Promise<void>
}

/** What a rule works with; made anew for each, so that none sees what another left. */
export interface Bench {
  readonly connector: Connector
  report(message: string): void
  /** A context as the host gives it; `state` survives in the map. */
  context(parts?: { readonly signal?: AbortSignal; readonly state?: Map<string, JsonValue> }): WholeContext
  /** A connection that is closed when the rule has been tried. */
  connect(settings?: unknown): Promise<Connection>
  /** Rejects when the work takes longer than the samples allow, or than `ms`. */
  within<T>(work: Promise<T>, ms?: number): Promise<T>
  close(): Promise<void>
}

const defaultPatienceMs = 30_000

export function createBench(parts: {
  readonly connector: Connector
  readonly samples: ConformanceSamples
  readonly report: (message: string) => void
}): Bench {
  const { connector, samples, report } = parts
  const connections: Connection[] = []
  const patienceMs = samples.patienceMs ?? defaultPatienceMs
  const bench: Bench = {
    connector,
    report,
    context: createContext,
    async connect(settings = samples.settings) {
      const connection = await bench.within(connector.connect(settings, createContext()))
      connections.push(connection)
      return connection
    },
    within: (work, ms = patienceMs) => within(work, ms),
    async close() {
      for (const connection of connections.reverse()) {
        await within(connection.close(), patienceMs).catch(thrown => report(`close failed: ${messageOf(thrown)}`))
      }
    },
  }
  return bench
}

function createContext({
  signal = new AbortController().signal,
  state = new Map<string, JsonValue>(),
}: {
  readonly signal?: AbortSignal
  readonly state?: Map<string, JsonValue>
} = {}): WholeContext {
  return quietContext({ runId: `conformance-${randomUUID()}`, signal, state: stateOver(state) })
}

/** The code of the error that `within` rejects with. */
export const tooLate = 'TOO_LATE'

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(`took longer than ${ms} ms`), { code: tooLate })), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a thrown value says; for findings. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The code of an error, matched across bundles by the property. */
export function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
}
