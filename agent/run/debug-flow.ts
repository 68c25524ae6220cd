import type { LogFields, Logger, Pacing, Page, WriteOutcome } from '../../connectors/sdk/connector.ts'
import { errorCode, toError } from '../errors.ts'
import { inheriting } from '../inheriting.ts'
import type { ConnectorLoader, LoadedConnector } from '../registry/loader.ts'
import type { RunDebug } from './debug.ts'
import type { NumberedRecord } from './pipeline.ts'
import type { Transformed } from './transformation.ts'
import { watchedPacing } from './watched-pacing.ts'

/** Does a stage of the run; with debug logging its end is told, and how long it took. */
export async function timed<T>(
  debug: RunDebug,
  stage: { readonly message: string; readonly fields?: object; readonly fieldsOf?: (done: T) => object },
  work: () => Promise<T>,
): Promise<T> {
  const { message, fields = {}, fieldsOf } = stage
  const startedAt = performance.now()
  const durationMs = () => Math.round(performance.now() - startedAt)
  try {
    const done = await work()
    debug.tell(message, { ...fields, ...fieldsOf?.(done), durationMs: durationMs() })
    return done
  } catch (thrown) {
    const error = toError(thrown)
    debug.tell(`not ${message}`, { ...fields, durationMs: durationMs(), code: errorCode(error), error: error.message })
    throw thrown
  }
}

/** The logger of a connector; every line goes to the debug log too, whatever the level of the connector log. */
export function debuggedLogger(debug: RunDebug, name: string, base: Logger): Logger {
  // Few runs are ever looked at.
  let events: ReturnType<RunDebug['logger']> | undefined
  const write = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    base[level](fields, message)
    if (!debug.isOn()) return
    events ??= debug.logger(name)
    events[level](fields, message)
  }
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isEnabled: level => debug.isOn() || (base.isEnabled?.(level) ?? true),
  }
}

/** Shorter ones are no waits. */
const shortestWaitMs = 5

/** The pacing of a connection; waits are told. */
export function debuggedPacing(debug: RunDebug, connection: string, base: Pacing): Pacing {
  return watchedPacing(base, {
    begun(_request, waitedMs) {
      if (waitedMs >= shortestWaitMs) debug.tell('waited for its turn', { connection, waitedMs: Math.round(waitedMs) })
      return undefined
    },
    refused: (waitMs, cause) => debug.tell('the vendor asks to wait', { connection, waitMs, cause }),
  })
}

/** The loader of connectors; loading and connecting are told. */
export function debuggedLoader(debug: RunDebug, loader: ConnectorLoader): ConnectorLoader {
  return {
    ...loader,
    async load(name, range) {
      const fieldsOf = ({ release: { version, hash } }: LoadedConnector) => ({ version, hash })
      const stage = { message: 'connector loaded', fields: { connector: name, range }, fieldsOf }
      const loaded = await timed(debug, stage, () => loader.load(name, range))
      const { connector } = loaded
      const { version } = loaded.release
      const connect: typeof connector.connect = (settings, context) =>
        timed(debug, { message: 'connected', fields: { connector: name, version } }, () =>
          connector.connect(settings, context),
        )
      return { ...loaded, connector: inheriting(connector, { connect }) }
    },
  }
}

/** The pages of a source; each is told, with its records. `before`: how many records came before the first page. */
export async function* debuggedPages(
  debug: RunDebug,
  pages: AsyncIterable<Page>,
  before: number,
): AsyncGenerator<Page, void> {
  let [page, number] = [0, before]
  let askedAt = performance.now()
  for await (const read of pages) {
    page += 1
    if (debug.isOn()) {
      const durationMs = Math.round(performance.now() - askedAt)
      const { records, total, position } = read
      const facts = { page, records: records.length, first: number + 1, total, durationMs }
      debug.tell('page read', facts)
      debug.write('source', { kind: 'page', ...facts, position })
      for (const [place, record] of records.entries())
        debug.write('source', { kind: 'read', number: number + place + 1, record })
    }
    number += read.records.length
    yield read
    askedAt = performance.now()
  }
}

/** Told of what the transformation makes of each record, while somebody wants to know. */
export interface MadeWatch {
  isOn(): boolean
  made(numbered: NumberedRecord, made: Transformed): void
}

/** Tells the debug log what the transformation makes. */
export function watchMade(debug: RunDebug): MadeWatch {
  return {
    isOn: debug.isOn,
    made({ number, record }, made) {
      if (made.status === 'record') debug.write('source', { kind: 'transformed', number, record: made.record })
      else if (made.status === 'filtered') debug.write('source', { kind: 'filtered', number })
      else debug.write('source', { kind: 'refused', number, message: made.message }, record)
    },
  }
}

type Write = (batch: readonly NumberedRecord[]) => Promise<readonly WriteOutcome[]>

/** Writing batches; each is told, with its records and what became of them. */
export function debuggedWrite(debug: RunDebug, write: Write): Write {
  let count = 0
  return async numbered => {
    count += 1
    if (!debug.isOn()) return write(numbered)
    const batch = count
    const facts = { batch, records: numbered.length, first: numbered[0]?.number, last: numbered.at(-1)?.number }
    debug.write('target', { kind: 'batch', ...facts })
    for (const { number, record } of numbered) debug.write('target', { kind: 'sent', batch, number, record })
    const startedAt = performance.now()
    const outcomes = await timed(debug, { message: 'batch settled', fields: facts }, () => write(numbered))
    const durationMs = Math.round(performance.now() - startedAt)
    debug.write('target', { kind: 'settled', batch, durationMs, ...countsOf(outcomes) })
    outcomes.forEach((outcome, place) => {
      const sent = numbered[place]
      debug.write('target', { kind: 'outcome', batch, number: sent?.number, ...outcome }, sent?.record)
    })
    return outcomes
  }
}

function countsOf(outcomes: readonly WriteOutcome[]): { readonly [status: string]: number } {
  const counts: { [status: string]: number } = {}
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
