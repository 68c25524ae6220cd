import { toError } from '../errors.ts'
import type { AgentLogger } from './loggers.ts'
import { stillSet, type Timed, type TimedFile } from './timed-file.ts'
import type { TimedHash } from './timed-hash.ts'

/** Whom something is set for: all agents of the group, or this one. */
export const settingScopes = ['group', 'agent'] as const
export type SettingScope = (typeof settingScopes)[number]

/** Things that are set for a time, on an agent and for its group. */
export interface TimedSettings<T extends Timed> {
  /** Those of a scope that hold now. */
  holding(scope: SettingScope): ReadonlyMap<string, T>
  /** Throws REDIS_UNAVAILABLE for a group, as the next does. */
  set(name: string, value: T, scope: SettingScope): Promise<void>
  /** Takes back what was set there. Whether there was something. */
  reset(name: string, scope: SettingScope): Promise<boolean>
  /** Asks what is set for the group. Throws REDIS_UNAVAILABLE. */
  refresh(): Promise<void>
  close(): void
}

const groupEveryMs = 2_000

/**
 * Keeps what is set on an agent together with what is set for its group, which it asks for every two seconds. `look` is
 * called after each change and each of these times: something may have fallen back. `what` names the things in messages.
 */
export function createTimedSettings<T extends Timed>(parts: {
  readonly own: TimedFile<T>
  readonly group: TimedHash<T>
  readonly what: string
  readonly logger: AgentLogger
  readonly look: () => void
}): TimedSettings<T> {
  const { own, group, what, logger, look } = parts
  let ofGroup: ReadonlyMap<string, T> = new Map()

  async function refresh(): Promise<void> {
    ofGroup = await group.read()
    look()
  }

  // Redis may be away for long; what was set for the group holds until its time.
  const ask = () => {
    refresh().catch(thrown => {
      logger.debug({ error: toError(thrown).message }, `${what} of the group not read`)
      look()
    })
  }
  const timer = setInterval(ask, groupEveryMs).unref()

  return {
    holding: scope => stillSet(scope === 'group' ? ofGroup : own.all(), Date.now()),
    async set(name, value, scope) {
      if (scope === 'agent') own.set(name, value)
      else {
        await group.set(name, value)
        ofGroup = new Map([...ofGroup, [name, value]])
      }
      look()
    },
    async reset(name, scope) {
      const wasSet = scope === 'agent' ? own.reset(name) : await group.reset(name)
      if (scope === 'group') ofGroup = new Map([...ofGroup].filter(([each]) => each !== name))
      look()
      return wasSet
    },
    refresh,
    close: () => clearInterval(timer),
  }
}
