import { readFileSync, statSync } from 'node:fs'
import { maxLogbackBytes, parseLogback, problemAt } from './logback.ts'
import type { LevelTable } from './logger-levels.ts'
import type { AgentLogger } from './loggers.ts'

/** The levels that stand in a file, which is looked at again and again. */
export interface LevelsFile {
  readonly path: string
  /** While the file is broken those it had before. */
  levels(): LevelTable
  /** What is wrong with it now. */
  problem(): string | undefined
  close(): void
}

/** What a look at a file finds. */
type Found =
  | { readonly tag: 'text'; readonly text: string }
  | { readonly tag: 'absent' }
  | { readonly tag: 'unreadable'; readonly problem: string }

/** What it means. */
type Meaning =
  | { readonly tag: 'levels'; readonly levels: LevelTable; readonly ignored: readonly string[] }
  | { readonly tag: 'problem'; readonly problem: string }

const everyMs = 1_000
/** Of a pasted file with fifty appenders not all have to be told. */
const mostTold = 5

/**
 * Watches a `logback.xml` by reading it every second: a file of a few lines costs nothing, and unlike a watch that holds
 * for every editor, volume and network drive. A file that is broken or gone is believed at the second look, as an
 * editor may be writing it just now.
 */
export function watchLevelsFile(
  path: string,
  { logger, onChange }: { readonly logger: AgentLogger; readonly onChange: () => void },
): LevelsFile {
  let levels: LevelTable = new Map()
  let problem: string | undefined
  /** What was acted on, and what a second look has to confirm. */
  let settled = keyOf({ tag: 'absent' })
  let doubted: string | undefined

  function look(isFirst: boolean): boolean {
    const found = find(path)
    const key = keyOf(found)
    if (key === settled) {
      doubted = undefined
      return false
    }
    const meaning = meaningOf(found, path)
    if ((meaning.tag === 'problem' || found.tag === 'absent') && !isFirst && key !== doubted) {
      doubted = key
      return false
    }
    settled = key
    act(meaning)
    return true
  }

  function act(meaning: Meaning): void {
    if (meaning.tag === 'problem') {
      problem = meaning.problem
      logger.warn({ problem }, 'levels file is broken; its last good levels hold')
      return
    }
    if (problem !== undefined) logger.info({}, 'levels file is good again')
    problem = undefined
    levels = meaning.levels
    const told = meaning.ignored.slice(0, mostTold).join('; ')
    if (told !== '') logger.warn({ problem: told }, 'levels file holds what has no effect')
  }

  look(true)
  const timer = setInterval(() => look(false) && onChange(), everyMs).unref()
  return { path, levels: () => levels, problem: () => problem, close: () => clearInterval(timer) }
}

/** What is wrong with the file now; undefined also when there is none. */
export function levelsFileProblem(path: string): string | undefined {
  const meaning = meaningOf(find(path), path)
  return meaning.tag === 'problem' ? meaning.problem : undefined
}

function find(path: string): Found {
  try {
    const stats = statSync(path)
    // A pipe would be waited on for ever.
    if (!stats.isFile()) return { tag: 'unreadable', problem: `${path} is no file` }
    const { size } = stats
    if (size > maxLogbackBytes) {
      return { tag: 'unreadable', problem: `${path} has ${size} bytes, at most ${maxLogbackBytes} are read` }
    }
    return { tag: 'text', text: readFileSync(path, 'utf8') }
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException // of the file system
    if (code === 'ENOENT' || code === 'ENOTDIR') return { tag: 'absent' }
    return { tag: 'unreadable', problem: `${path} cannot be read: ${code}` }
  }
}

function keyOf(found: Found): string {
  return found.tag === 'text' ? `text ${found.text}` : found.tag === 'absent' ? found.tag : found.problem
}

function meaningOf(found: Found, path: string): Meaning {
  if (found.tag === 'unreadable') return { tag: 'problem', problem: found.problem }
  if (found.tag === 'absent') return { tag: 'levels', levels: new Map(), ignored: [] }
  const file = parseLogback(found.text)
  if (!file.ok) return { tag: 'problem', problem: problemAt(path, file.problem) }
  return { tag: 'levels', levels: file.levels, ignored: file.ignored.map(each => problemAt(path, each)) }
}
