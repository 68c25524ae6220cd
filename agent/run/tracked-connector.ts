import type { Connector, SourceActivity, TargetActivity } from '../../connectors/sdk/connector.ts'
import { inheriting } from '../inheriting.ts'
import type { ConnectorLoader } from '../registry/loader.ts'
import type { WorkTracker } from './work.ts'

/** The same loader, but whatever its connectors do is known to the tracker as theirs. */
export function trackedLoader(loader: ConnectorLoader, tracker: WorkTracker): ConnectorLoader {
  return {
    ...loader,
    async load(name, range) {
      const loaded = await tracker.within({ connector: name, activity: 'load' }, () => loader.load(name, range))
      return { ...loaded, connector: trackedConnector(loaded.connector, tracker) }
    },
  }
}

function trackedConnector(connector: Connector, tracker: WorkTracker): Connector {
  const { name, version } = connector
  const activities = Object.entries(connector.activities).map(([activity, made]) => {
    const within = <T>(task: () => T): T => tracker.within({ connector: name, version, activity }, task)
    return [activity, made.role === 'source' ? trackedSource(made, within) : trackedTarget(made, within)] as const
  })
  const connect: Connector['connect'] = (settings, context) =>
    tracker.within({ connector: name, version, activity: 'connect' }, () => connector.connect(settings, context))
  return inheriting(connector, { connect, activities: Object.fromEntries(activities) })
}

type Within = <T>(task: () => T) => T

function trackedSource(source: SourceActivity, within: Within): SourceActivity {
  return inheriting(source, {
    read(...given: Parameters<SourceActivity['read']>) {
      const pages = within(() => source.read(...given)[Symbol.asyncIterator]())
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => within(() => pages.next()),
          return: async () => (await within(async () => pages.return?.())) ?? { done: true, value: undefined },
        }),
      }
    },
  })
}

function trackedTarget(target: TargetActivity, within: Within): TargetActivity {
  const { settle, finish } = target
  return inheriting(target, {
    write: (...given: Parameters<TargetActivity['write']>) => within(() => target.write(...given)),
    ...(settle && { settle: (...given: Parameters<typeof settle>) => within(() => settle.apply(target, given)) }),
    ...(finish && { finish: (...given: Parameters<typeof finish>) => within(() => finish.apply(target, given)) }),
  })
}
