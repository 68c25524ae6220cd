import { type LogSegment, listSegments, readSegment, statOf } from './log-segments.ts'

/** Lines of one log in their order. */
export interface TakenLines {
  /** Number of the first of `lines`. */
  readonly first: number
  readonly lines: readonly string[]
  /** How many lines before them were deleted before they were read. */
  readonly missed: number
}

/** Reads a log from a line on, also while it is written and rotated. */
export interface LogTail {
  /** What there is beyond the lines taken so far. Ends at the end of the log; ask again for what came since. */
  take(): AsyncGenerator<TakenLines>
}

/** A tail that begins after the line `position`. Rotated files that end before `sinceMs` are passed over. */
export function openLogTail(path: string, position: number, sinceMs = -Infinity): LogTail {
  let taken = position
  /** Where in the file that begins with the line `first` the next line begins. */
  let at = { first: 0, offset: 0 }

  let isAnew = false

  async function* takeFrom(segment: LogSegment): AsyncGenerator<TakenLines> {
    const isKnown = at.first === segment.first
    const start = isKnown && !segment.isPacked ? at.offset : 0
    let next = start === 0 ? segment.first : taken + 1
    at = { first: segment.first, offset: start }
    for await (const { lines, sizeBytes } of readSegment(segment, start)) {
      const first = Math.max(next, taken + 1)
      const wanted = lines.slice(first - next)
      next += lines.length
      at = { first: segment.first, offset: at.offset + sizeBytes }
      if (wanted.length === 0) continue
      const missed = first - taken - 1
      taken = next - 1
      yield { first, lines: wanted, missed }
    }
    // The log was begun anew since the position was told: all of it is new.
    if (segment.last === undefined && next - 1 < taken) {
      taken = 0
      at = { first: 0, offset: 0 }
      isAnew = true
    }
    // A rotated file that was emptied to save space.
    if (segment.last !== undefined && taken < segment.last) yield skip(segment.last)
  }

  function skip(last: number): TakenLines {
    const missed = last - taken
    taken = last
    return { first: last + 1, lines: [], missed }
  }

  return {
    async *take() {
      for (let tries = 0; tries < 10; ) {
        const segments = listSegments(path)
        const segment = segments.find(({ last }) => last === undefined || last > taken)
        if (segment === undefined) return
        const found = statOf(segment.path)
        if (segment.last === undefined && (found === undefined || isRead(segment, at, found.size))) return
        if (segment.last !== undefined && found !== undefined && found.mtimeMs < sinceMs) {
          taken = segment.last
          continue
        }
        try {
          yield* takeFrom(segment)
          if (segment.last === undefined && !isAnew) return
          isAnew = false
        } catch (thrown) {
          const { code } = thrown as NodeJS.ErrnoException // of the file system or zlib
          // Rotated, packed or deleted between the look and the opening: look again.
          if (code === 'ENOENT') tries += 1
          else if (code?.startsWith('Z_') && segment.last !== undefined) yield skip(segment.last)
          else throw thrown
        }
      }
    },
  }
}

function isRead(segment: LogSegment, at: { readonly first: number; readonly offset: number }, size: number): boolean {
  return at.first === segment.first && at.offset >= size
}
