import { type DebugTable, type DebugTarget, keyOf, type SetSwitch, tableOf } from './debug-switches.ts'
import type { AgentLogger } from './loggers.ts'
import type { TimedFile } from './timed-file.ts'
import type { TimedHash } from './timed-hash.ts'
import { createTimedSettings, type SettingScope, settingScopes } from './timed-settings.ts'

/** The switches of an agent, as its operator and its group have set them. */
export interface DebugSwitchboard {
  /** Those that hold now. */
  table(): DebugTable
  /** Switches on until a moment. Throws REDIS_UNAVAILABLE for a group. */
  set(target: DebugTarget, wanted: SetSwitch, scope: SettingScope): Promise<void>
  /** Takes back what was set there. Whether there was something. */
  reset(target: DebugTarget, scope: SettingScope): Promise<boolean>
  /** Asks what is set for the group. Throws REDIS_UNAVAILABLE. */
  refresh(): Promise<void>
  /** Who is to hear of each change; there is one. */
  onChange(listener: (table: DebugTable) => void): void
  close(): void
}

/** Brings the switches of agent and group together. */
export function createDebugSwitchboard(parts: {
  readonly own: TimedFile<SetSwitch>
  readonly group: TimedHash<SetSwitch>
  readonly logger: AgentLogger
}): DebugSwitchboard {
  const { own, group, logger } = parts
  const settings = createTimedSettings({ own, group, what: 'debug switches', logger, look: () => update() })
  let told = ''
  let tell: (table: DebugTable) => void = () => undefined

  const table = (): DebugTable => settingScopes.flatMap(scope => tableOf(scope, settings.holding(scope)))

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

  if (table().length > 0) update()

  return {
    table,
    set: (target, wanted, scope) => settings.set(keyOf(target), wanted, scope),
    reset: (target, scope) => settings.reset(keyOf(target), scope),
    refresh: settings.refresh,
    onChange(listener) {
      tell = listener
    },
    close: settings.close,
  }
}
