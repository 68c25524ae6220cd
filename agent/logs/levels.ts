import { toError } from '../errors.ts'
import type { GroupLevels } from './group-levels.ts'
import type { LevelsFile } from './levels-file.ts'
import { effectiveLevel, type LevelTable, type LoggerLevel, rootLogger } from './logger-levels.ts'
import type { AgentLogger } from './loggers.ts'
import type { OwnLevels } from './own-levels.ts'
import type { SetLevels } from './set-levels.ts'
import { stillSet } from './timed-file.ts'

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
  set(name: string, level: LoggerLevel, how: { readonly forMs: number; readonly scope: LevelScope }): Promise<void>
  /** Takes back what was set there. Whether there was something. */
  reset(name: string, scope: LevelScope): Promise<boolean>
  /** Asks what is set for the group. Throws REDIS_UNAVAILABLE. */
  refresh(): Promise<void>
  close(): void
}
export type LevelScope = 'agent' | 'group'

/** What holds for one logger. */
interface Said {
  readonly level: LoggerLevel
  readonly source: LevelSource
  readonly until?: string
}

const groupEveryMs = 2_000
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
  let ofGroup: SetLevels = new Map()
  let said = gather()
  let fallBack: NodeJS.Timeout | undefined

  function gather(): ReadonlyMap<string, Said> {
    const now = Date.now()
    const from = (source: LevelSource, levels: LevelTable) =>
      [...levels].map(([name, level]) => [name, { level, source }] as const)
    const set = (source: LevelSource, levels: SetLevels) =>
      [...stillSet(levels, now)].map(([name, level]) => [name, { ...level, source }] as const)
    return new Map<string, Said>([
      [rootLogger, { level: parts.configured, source: 'configuration' }],
      ...from('file', file.levels()),
      ...set('group', ofGroup),
      ...set('agent', own.all()),
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

  async function refresh(): Promise<void> {
    ofGroup = await group.read()
    update()
  }

  // Redis may be away for long; what was set for the group holds until its time.
  const ask = () => {
    refresh().catch(thrown => {
      logger.debug({ error: toError(thrown).message }, 'levels of the group not read')
      update()
    })
  }
  const timer = setInterval(ask, groupEveryMs).unref()
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
    async set(name, level, { forMs, scope }) {
      const wanted = { level, until: new Date(Date.now() + forMs).toISOString() }
      if (scope === 'agent') own.set(name, wanted)
      else {
        await group.set(name, wanted)
        ofGroup = new Map([...ofGroup, [name, wanted]])
      }
      update()
    },
    async reset(name, scope) {
      const wasSet = scope === 'agent' ? own.reset(name) : await group.reset(name)
      if (scope === 'group') ofGroup = new Map([...ofGroup].filter(([each]) => each !== name))
      update()
      return wasSet
    },
    refresh,
    close() {
      clearInterval(timer)
      clearTimeout(fallBack)
      file.close()
    },
  }
}

/** `org.jitterbit.connector.bigcommerce DEBUG until 2026-11-25T18:00:00.000Z`. */
function textsOf(said: ReadonlyMap<string, Said>): readonly string[] {
  return [...said].map(([name, { level, until }]) => `${name} ${level}${until === undefined ? '' : ` until ${until}`}`)
}
