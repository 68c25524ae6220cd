import type { GroupLevels } from './group-levels.ts'
import type { LevelsFile } from './levels-file.ts'
import { effectiveLevel, type LevelTable, type LoggerLevel, rootLogger } from './logger-levels.ts'
import type { AgentLogger } from './loggers.ts'
import type { OwnLevels } from './own-levels.ts'
import { createTimedSettings, type SettingScope } from './timed-settings.ts'

/** Who said a level; of several that say one for the same logger the later of this list wins. */
export const levelSources = ['configuration', 'file', 'group', 'agent'] as const
export type LevelSource = (typeof levelSources)[number]

/** The level of a logger, and where it comes from. */
export interface LoggerEntry {
  readonly name: string
  readonly level: LoggerLevel
  /** The logger it comes from: itself or an ancestor. */
  readonly from: string
  readonly source: LevelSource
  /** When it falls back, ISO. */
  readonly until?: string
}

/** The levels of an agent, as its configuration, its file, its group and its operator say them. */
export interface Levels {
  readonly table: () => LevelTable
  entry(name: string): LoggerEntry
  /** Where the file is, and what is wrong with it. */
  file(): { readonly path: string; readonly problem?: string }
  /** Loggers that have a level of their own. */
  named(): readonly string[]
  /** Sets a level for a time, on this agent or on all of its group. Throws REDIS_UNAVAILABLE for a group. */
  set(name: string, level: LoggerLevel, how: { readonly forMs: number; readonly scope: SettingScope }): Promise<void>
  /** Takes back what was set there. Whether there was something. */
  reset(name: string, scope: SettingScope): Promise<boolean>
  /** Asks what is set for the group. Throws REDIS_UNAVAILABLE. */
  refresh(): Promise<void>
  close(): void
}

/** What holds for one logger. */
interface Said {
  readonly level: LoggerLevel
  readonly source: LevelSource
  readonly until?: string
}

const longestTimerMs = 2_147_483_647

/** Brings the levels of all sources together; `onChange` hears of each change, also when one falls back by itself. */
export function createLevels(parts: {
  readonly configured: LoggerLevel
  readonly openFile: (onChange: () => void) => LevelsFile
  readonly own: OwnLevels
  readonly group: GroupLevels
  readonly logger: AgentLogger
  readonly onChange: (table: LevelTable) => void
}): Levels {
  const { own, group, logger } = parts
  const file = parts.openFile(() => update())
  const settings = createTimedSettings({ own, group, what: 'levels', logger, look: () => update() })
  let said = gather()
  let fallBack: NodeJS.Timeout | undefined

  function gather(): ReadonlyMap<string, Said> {
    const from = (source: LevelSource, levels: LevelTable) =>
      [...levels].map(([name, level]) => [name, { level, source }] as const)
    const set = (scope: SettingScope) =>
      [...settings.holding(scope)].map(([name, level]) => [name, { ...level, source: scope }] as const)
    return new Map<string, Said>([
      [rootLogger, { level: parts.configured, source: 'configuration' }],
      ...from('file', file.levels()),
      ...set('group'),
      ...set('agent'),
    ])
  }

  function update(): void {
    const before = textsOf(said).join()
    said = gather()
    awaitFallBack()
    if (textsOf(said).join() === before) return
    parts.onChange(table())
    tell()
  }

  /** Also looks again whenever the group is asked, should the clock be set meanwhile. */
  function awaitFallBack(): void {
    clearTimeout(fallBack)
    const ends = [...said.values()].flatMap(({ until }) => (until === undefined ? [] : [Date.parse(until)]))
    if (ends.length === 0) return
    fallBack = setTimeout(update, Math.min(Math.max(0, Math.min(...ends) - Date.now()), longestTimerMs)).unref()
  }

  function tell(): void {
    logger.info({ levels: textsOf(said) }, 'logger levels changed')
  }

  const table = (): LevelTable => new Map([...said].map(([name, { level }]) => [name, level]))

  awaitFallBack()
  if (said.size > 1) tell()

  return {
    table,
    entry(name) {
      const { level, from } = effectiveLevel(name, table()) ?? { level: parts.configured, from: rootLogger }
      const { source, until } = said.get(from) ?? { source: 'configuration' as const }
      return { name, level, from, source, ...(until === undefined ? {} : { until }) }
    },
    file() {
      const problem = file.problem()
      return { path: file.path, ...(problem === undefined ? {} : { problem }) }
    },
    named: () => [...said.keys()],
    set: (name, level, { forMs, scope }) =>
      settings.set(name, { level, until: new Date(Date.now() + forMs).toISOString() }, scope),
    reset: settings.reset,
    refresh: settings.refresh,
    close() {
      settings.close()
      clearTimeout(fallBack)
      file.close()
    },
  }
}

/** `org.jitterbit.connector.bigcommerce DEBUG until 2026-11-25T18:00:00.000Z`. */
function textsOf(said: ReadonlyMap<string, Said>): readonly string[] {
  return [...said].map(([name, { level, until }]) => `${name} ${level}${until === undefined ? '' : ` until ${until}`}`)
}
