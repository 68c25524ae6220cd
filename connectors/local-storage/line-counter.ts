import type { Mark } from './found.ts'

/** Tells on which line of a file an offset is, for offsets that only grow. */
export interface LineCounter {
  /** The next bytes of the file; held until an offset behind them is asked for. */
  add(portion: Buffer): void
  at(offset: number): number
}

/** A counter that begins at a place of the file. */
export function createLineCounter(start: Mark): LineCounter {
  const ahead: Buffer[] = []
  let { offset: counted, line } = start
  return {
    add: portion => void ahead.push(portion),
    at(offset) {
      for (let head = ahead[0]; head !== undefined && counted < offset; head = ahead[0]) {
        const passed = head.subarray(0, offset - counted)
        line += lineEndsIn(passed)
        counted += passed.byteLength
        if (passed.byteLength === head.byteLength) ahead.shift()
        else ahead[0] = head.subarray(passed.byteLength)
      }
      return line
    },
  }
}

/** How many line ends (LF, alone or after CR) the bytes hold. */
export function lineEndsIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count += 1
  return count
}
