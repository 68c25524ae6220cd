/** Questions to another process that wait for their answers. */
export interface Pending<T> {
  /** A new question: its id goes with it, and comes back with the answer. */
  open(): { readonly id: number; readonly answer: Promise<T> }
  /** Nothing happens when nobody waits for that answer any more. */
  settle(id: number, answer: T): void
  count(): number
  /** Answers all that wait. */
  settleAll(answer: T): void
}

/** No questions yet. */
export function createPending<T>(): Pending<T> {
  const waiting = new Map<number, (answer: T) => void>()
  let last = 0
  return {
    open() {
      last += 1
      const id = last
      return { id, answer: new Promise(resolve => waiting.set(id, resolve)) }
    },
    settle(id, answer) {
      waiting.get(id)?.(answer)
      waiting.delete(id)
    },
    count: () => waiting.size,
    settleAll(answer) {
      for (const resolve of waiting.values()) resolve(answer)
      waiting.clear()
    },
  }
}
