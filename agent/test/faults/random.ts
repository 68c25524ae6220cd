/** Draws whole numbers from both ends included; the same seed and name draw the same numbers. */
export type Pick = (from: number, to: number) => number

/** A source of chance for one row of the suite. */
export function createPick(seed: number, name: string): Pick {
  let state = seed >>> 0
  for (const letter of name) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0
  return (from, to) => {
    // mulberry32, public domain
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return from + (((mixed ^ (mixed >>> 14)) >>> 0) % (to - from + 1))
  }
}
