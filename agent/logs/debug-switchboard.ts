import { toError } from '../errors.ts'
import { type DebugScope, type DebugTable, type DebugTarget, keyOf, type SetSwitch, tableOf } from './debug-switches.ts'
import type { AgentLogger } from './loggers.ts'
import { stillSet, type TimedFile } from './timed-file.ts'
import type { TimedHash } from './timed-hash.ts'

/** The switches of an agent, as its operator and its group have set them. */
export interface DebugSwitchboard {
  /** Those that hold now. */
  table(): DebugTable
  /** Switches on until a moment. Throws REDIS_UNAVAILABLE for a group. */
  set(target: DebugTarget, wanted: SetSwitch, scope: DebugScope): Promise<void>
  /** Takes back what was set there. Whether there was something. */
  reset(target: DebugTarget, scope: DebugScope): Promise<boolean>
  /** Asks what is set for the group. Throws REDIS_UNAVAILABLE. */
  refresh(): Promise<void>
  /** Who is to hear of each change; there is one. */
  onChange(listener: (table: DebugTable) => void): void
  close(): void
}

const groupEveryMs = 2_000

/** Brings the switches of agent and group together. */
export function createDebugSwitchboard(parts: {
  readonly own: TimedFile<SetSwitch>
  readonly group: TimedHash<SetSwitch>
  readonly logger: AgentLogger
}): DebugSwitchboard {
  const { own, group, logger } = parts
  let ofGroup: ReadonlyMap<string, SetSwitch> = new Map()
  let told = ''
  let tell: (table: DebugTable) => void = () => undefined

  const table = (): DebugTable => {
    const now = Date.now()
    return [...tableOf('group', stillSet(ofGroup, now)), ...tableOf('agent', stillSet(own.all(), now))]
  }

  function update(): void {
    const now = table()
    const texts = now.map(({ target, children, scope, until }) => {
      return `${keyOf(target)}${children ? ' with children' : ''} (${scope}) until ${until}`
    })
    if (texts.join() === told) return
    told = texts.join()
    tell(now)
    logger.info({ switches: texts }, 'debug switches changed')
  }

  async function refresh(): Promise<void> {
    ofGroup = await group.read()
    update()
  }

  // Redis may be away for long; what was set for the group holds until its time.
  const ask = () => {
    refresh().catch(thrown => {
      logger.debug({ error: toError(thrown).message }, 'debug switches of the group not read')
      update()
    })
  }
  const timer = setInterval(ask, groupEveryMs).unref()
  if (table().length > 0) update()

  return {
    table,
    async set(target, wanted, scope) {
      const key = keyOf(target)
      if (scope === 'agent') own.set(key, wanted)
      else {
        await group.set(key, wanted)
        ofGroup = new Map([...ofGroup, [key, wanted]])
      }
      update()
    },
    async reset(target, scope) {
      const key = keyOf(target)
      const wasSet = scope === 'agent' ? own.reset(key) : await group.reset(key)
      if (scope === 'group') ofGroup = new Map([...ofGroup].filter(([each]) => each !== key))
      update()
      return wasSet
    },
    refresh,
    onChange(listener) {
      tell = listener
    },
    close: () => clearInterval(timer),
  }
}
