import { toError } from '../errors.ts'
import type { ConnectorAudit } from './audit.ts'
import { removeOldReleases } from './cleaning.ts'
import type { Release } from './installed.ts'
import type { ConnectorLoader } from './loader.ts'
import { chooseReleases, type SelectionRules } from './selection.ts'
import type { ConnectorMemory, ConnectorsState } from './state.ts'
import type { UpdateOrder, Updater } from './updater.ts'

/** What checks for newer releases work with. */
export interface CheckParts {
  /** The releases directory. */
  readonly directory: string
  readonly loader: Pick<ConnectorLoader, 'installed' | 'verify'>
  readonly state: ConnectorsState
  readonly audit: ConnectorAudit
  readonly updater: Updater
  readonly rulesOf: (memory: ConnectorMemory) => SelectionRules
  readonly checkIntervalMs: number
  readonly keepReleases: number
  /** Releases of runs that go on, as `name version`. */
  readonly inUse: () => ReadonlySet<string>
  /** Ranges that connections of the project ask for. */
  readonly rangesOf: (name: string) => Promise<readonly string[]>
}

/** Checks for newer releases, when they are due. */
export interface Checks {
  isDue(name: string, range: string | undefined): Promise<boolean>
  /** Shared by all who want the same at the same time. Resolves with what went wrong; never rejects. */
  run(name: string, order: UpdateOrder): Promise<Error | undefined>
}

/** After a check that failed. */
const retryMs = 5 * 60_000

/** Checks by an updater; each removes what is too old afterwards. */
export function createChecks(parts: CheckParts): Checks {
  const { updater, state, checkIntervalMs } = parts
  const running = new Map<string, Promise<Error | undefined>>()
  const dueAt = new Map<string, number>()
  const keyOf = (name: string, range: string | undefined) => JSON.stringify([name, range ?? null])

  async function check(name: string, order: UpdateOrder): Promise<Error | undefined> {
    const key = keyOf(name, order.range)
    try {
      await updater.check(name, order)
      dueAt.set(key, Date.now() + checkIntervalMs)
      await removeOld(name, parts)
      return undefined
    } catch (thrown) {
      dueAt.set(key, Date.now() + Math.min(checkIntervalMs, retryMs))
      return toError(thrown)
    }
  }

  return {
    async isDue(name, range) {
      if (updater.isOff) return false
      const known = dueAt.get(keyOf(name, range))
      if (known !== undefined) return known <= Date.now()
      const { lastCheckedAt } = await state.of(name)
      if (range !== undefined || lastCheckedAt === undefined) return true
      return Date.parse(lastCheckedAt) + checkIntervalMs <= Date.now()
    },
    run(name, order) {
      const key = `${keyOf(name, order.range)} ${order.isUrgent === true}`
      const known = running.get(key)
      if (known !== undefined) return known
      const started = check(name, order).finally(() => running.delete(key))
      running.set(key, started)
      return started
    },
  }
}

async function removeOld(name: string, parts: CheckParts): Promise<void> {
  const memory = await parts.state.of(name)
  const { pin } = memory
  const installed = await parts.loader.installed()
  const ranges = [undefined, ...(pin === undefined ? [] : [pin]), ...(await parts.rangesOf(name))]
  const rules = parts.rulesOf(memory)
  const chosen = ranges.flatMap(range => candidatesOf({ installed, name, range, rules }).slice(0, 1))
  const active = Object.values(memory.active).flatMap(({ version, previous }) => [version, previous])
  const removed = await removeOldReleases(parts.directory, name, {
    keep: parts.keepReleases,
    isNeeded: ({ version, directory }) =>
      active.includes(version) ||
      chosen.some(each => each.directory === directory) ||
      parts.inUse().has(`${name} ${version}`),
  })
  for (const { version } of removed) {
    await parts.audit.write({ action: 'removed', connector: name, version, by: 'keepReleases' })
  }
}

/** Releases that may be used, the best first; none when there is no choice. */
export function candidatesOf(wanted: Parameters<typeof chooseReleases>[0]): readonly Release[] {
  try {
    return chooseReleases(wanted).releases
  } catch {
    return []
  }
}
