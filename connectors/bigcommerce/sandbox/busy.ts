/** Counts the requests that are in work. */
export interface Busy {
  /** Undefined when so many of that name are in work already; else to be called when the request is answered. */
  enter(name: string, most: number | undefined): (() => void) | undefined
}

/** Nothing in work. */
export function createBusy(): Busy {
  const counts = new Map<string, number>()
  return {
    enter: (name, most = Infinity) => {
      const count = counts.get(name) ?? 0
      if (count >= most) return undefined
      counts.set(name, count + 1)
      return () => counts.set(name, (counts.get(name) ?? 1) - 1)
    },
  }
}
