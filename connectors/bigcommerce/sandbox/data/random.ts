/** A small deterministic generator for one record; the same seed, kind and id always give the same sequence. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** An integer in [min, max]. */
  int(min: number, max: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean
}

/** Numbers that keep the kinds of records apart, so that product 7 and customer 7 share nothing. */
export const kinds = {
  product: 1,
  variant: 2,
  image: 3,
  customField: 4,
  brand: 5,
  category: 6,
  customer: 7,
  address: 8,
  order: 9,
  orderLine: 10,
  attribute: 11,
  message: 12,
} as const

/** The generator of one record (mulberry32 over a mixed seed). */
export function randomOf(seed: number, kind: number, id: number): Random {
  let state = mix(mix(seed ^ 0x9e3779b9) ^ mix(Math.imul(kind, 0x85ebca6b) + id))
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: items => items[Math.floor(next() * items.length)] ?? items[0],
    chance: percent => next() * 100 < percent,
  }
}

function mix(value: number): number {
  let word = value | 0
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d)
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b)
  return word ^ (word >>> 16)
}
