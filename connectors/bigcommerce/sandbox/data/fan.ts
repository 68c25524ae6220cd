import type { Range } from './collection.ts'

/**
 * How children are spread over parents: parent number p has `pattern[p % pattern.length]` children. The pattern being
 * periodic, the way from parent to children and back costs nothing, however many there are.
 */
export interface Fan {
  /** How many children so many parents have. */
  total(parents: number): number
  children(parent: number): Range
  parentOf(child: number): number
}

/** A fan of that pattern. */
export function createFan(pattern: readonly number[]): Fan {
  const starts: number[] = [0]
  const parents: number[] = []
  for (const [parent, count] of pattern.entries()) {
    starts.push((starts[parent] ?? 0) + count)
    for (let child = 0; child < count; child++) parents.push(parent)
  }
  const sum = parents.length
  const total = (count: number): number =>
    Math.floor(count / pattern.length) * sum + (starts[count % pattern.length] ?? 0)
  return {
    total,
    children: parent => ({ from: total(parent), to: total(parent + 1) }),
    parentOf: child => Math.floor(child / sum) * pattern.length + (parents[child % sum] ?? 0),
  }
}
