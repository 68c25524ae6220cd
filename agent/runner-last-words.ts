import { writeSync } from 'node:fs'
import type { WorkTracker } from './run/work.ts'
import type { LastWords } from './runner-last-words-reader.ts'

/** What a line of last words begins with. */
export const lastWordsHead = '{"lastWords":'
/** More than is told of them: what is cut off here is cut off again after secrets have been masked. */
const maxChars = 20_000

/** One line on stderr, written at once: messages of a dying process may be lost. */
export function sayLastWords(words: LastWords): void {
  const cut = { ...words, stack: words.stack.slice(0, maxChars) }
  const said = 'message' in cut ? { ...cut, message: cut.message.slice(0, maxChars) } : cut
  try {
    writeSync(2, `\n${lastWordsHead}${JSON.stringify(said)}}\n`)
  } catch {
    // Nobody listens any more.
  }
}

/**
 * Lets a process say why it ends. It ends at once by what nobody caught: nobody knows in which state that has left it,
 * and what it was doing goes on elsewhere at its checkpoints. Returns what a wanted end calls first.
 */
export function speakLastWords(tracker: WorkTracker): () => void {
  let isExpected = false
  const work = () => {
    const current = tracker.current()
    return current === undefined ? {} : { work: current }
  }
  process.on('uncaughtException', (thrown: unknown, origin) => {
    const tag = origin === 'unhandledRejection' ? 'rejection' : 'exception'
    const { message, stack = '' } = thrown instanceof Error ? thrown : { message: String(thrown) }
    isExpected = true
    sayLastWords({ tag, message, stack, ...work() })
    process.exit(1)
  })
  process.on('exit', () => {
    if (!isExpected) sayLastWords({ tag: 'exit', stack: new Error('exit').stack ?? '', ...work() })
  })
  return () => {
    isExpected = true
  }
}
