import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connector, SourceActivity, TargetActivity } from '../../connectors/sdk/connector.ts'
import { errorCode, toError } from '../errors.ts'
import { inheriting } from '../inheriting.ts'
import type { Redactor } from '../logs/redact.ts'
import type { ConnectorLoader, LoadedConnector } from '../registry/loader.ts'
import type { HostPacing } from '../run/pacing.ts'
import { watchedHostPacing } from '../run/watched-pacing.ts'
import type { OpenSpan } from './spans.ts'

/** The spans of one attempt below its own: what is done within which activity. */
export interface AttemptTrace {
  readonly loader: ConnectorLoader
  readonly pacing: HostPacing
  /** Ends what is still open. */
  end(): void
}

/** Only waits that somebody would notice are worth an event. */
const toldWaitMs = 50

/** Traces what connectors do for one attempt, and their requests below that. */
export function traceAttempt(
  run: OpenSpan,
  parts: { readonly loader: ConnectorLoader; readonly pacing: HostPacing; readonly redactor: Redactor },
): AttemptTrace {
  const storage = new AsyncLocalStorage<OpenSpan>()
  const open = new Set<OpenSpan>()
  const current = () => storage.getStore() ?? run

  function begin(name: string, attributes: { readonly [name: string]: string }): Step {
    const span = run.child(name, attributes)
    open.add(span)
    const end = (error?: string) => {
      if (open.delete(span)) span.end(error)
    }
    return { within: task => storage.run(span, task), end }
  }

  return {
    loader: {
      ...parts.loader,
      async load(name, range) {
        const loaded = await parts.loader.load(name, range)
        return { ...loaded, connector: tracedConnector(loaded, begin) }
      },
    },
    pacing: tracedPacing(parts, current),
    end() {
      for (const span of open) span.end()
      open.clear()
    },
  }
}

interface Step {
  readonly within: <T>(task: () => T) => T
  /** Once is enough. */
  readonly end: (error?: string) => void
}
type Begin = (name: string, attributes: { readonly [name: string]: string }) => Step

function tracedConnector({ connector, release }: LoadedConnector, begin: Begin): Connector {
  const of = (activity: string) => ({
    'commerce_agent.connector': release.name,
    'commerce_agent.release': release.version,
    'commerce_agent.activity': activity,
  })
  const activities = Object.entries(connector.activities).map(([activity, made]) => {
    const traced =
      made.role === 'source'
        ? tracedSource(made, () => begin(`read ${release.name} ${activity}`, of(activity)))
        : tracedTarget(made, () => begin(`write ${release.name} ${activity}`, of(activity)))
    return [activity, traced] as const
  })
  const connect: Connector['connect'] = async (settings, context) => {
    const step = begin(`connect ${release.name}`, of('connect'))
    const connection = await ended(step, () => connector.connect(settings, context))
    step.end()
    return connection
  }
  return inheriting(connector, { connect, activities: Object.fromEntries(activities) })
}

/** One span for the whole read, from the first page asked for to the last. */
function tracedSource(source: SourceActivity, begin: () => Step): SourceActivity {
  return inheriting(source, {
    read(...given: Parameters<SourceActivity['read']>) {
      const step = begin()
      const pages = step.within(() => source.read(...given)[Symbol.asyncIterator]())
      return {
        [Symbol.asyncIterator]: () => ({
          async next() {
            const next = await ended(step, () => pages.next())
            if (next.done === true) step.end()
            return next
          },
          async return() {
            const last = await ended(step, async () => pages.return?.())
            step.end()
            return last ?? { done: true, value: undefined }
          },
        }),
      }
    },
  })
}

/** One span for all writes of the attempt: it ends when the target has finished, or with the attempt. */
function tracedTarget(target: TargetActivity, begin: () => Step): TargetActivity {
  const { settle, finish } = target
  let step: Step | undefined
  const within = <T>(task: () => Promise<T>): Promise<T> => {
    step ??= begin()
    return ended(step, task)
  }
  return inheriting(target, {
    write: (...given: Parameters<TargetActivity['write']>) => within(() => target.write(...given)),
    ...(settle && { settle: (...given: Parameters<typeof settle>) => within(() => settle.apply(target, given)) }),
    ...(finish && { finish: (...given: Parameters<typeof finish>) => within(() => finish.apply(target, given)) }),
  })
}

/** A step that fails has ended. */
async function ended<T>(step: Step, task: () => Promise<T>): Promise<T> {
  try {
    return await step.within(task)
  } catch (thrown) {
    step.end(errorCode(toError(thrown)) ?? 'CONNECTOR_FAULT')
    throw thrown
  }
}

function tracedPacing(
  { pacing, redactor }: { readonly pacing: HostPacing; readonly redactor: Redactor },
  current: () => OpenSpan,
): HostPacing {
  return watchedHostPacing(pacing, (connector, kind) => ({
    begun(request, waitedMs) {
      const activity = current()
      const waitMs = Math.round(waitedMs)
      // Connectors name endpoints without ids; one that does not keep to that must not give a secret away.
      const endpoint = redactor.redact(request.endpoint.split('?')[0] ?? '').slice(0, mostEndpointChars)
      if (waitMs >= toldWaitMs) activity.event('waited for its turn', { 'commerce_agent.wait_ms': waitMs, endpoint })
      const attributes = { 'commerce_agent.kind': kind ?? request.kind, 'commerce_agent.wait_ms': waitMs }
      const span = activity.child(endpoint, { ...attributes, 'commerce_agent.connector': connector }, true)
      return () => span.end()
    },
    refused: (waitMs, cause) =>
      current().event('refused for the rate', { 'commerce_agent.wait_ms': waitMs, 'commerce_agent.cause': cause }),
  }))
}

const mostEndpointChars = 200
