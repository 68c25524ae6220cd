import { type Fate, forward } from './tcp-proxy.ts'

/** Something that happens at the n-th event of a kind that passes a proxy. */
export interface Trap<Event> {
  readonly matches: (event: Event) => boolean
  /** From 1. */
  readonly nth: number
  /** How many events in a row it hits; default one. */
  readonly times?: number
  /** Decides about the piece that carries the event; it waits until this resolves. */
  readonly act: (event: Event) => Fate | Promise<Fate>
}

/** The traps of one proxy. */
export interface Traps<Event> {
  set(trap: Trap<Event>): void
  /** Counts the event against all traps; the first that is due decides. */
  spring(event: Event): Fate | Promise<Fate>
  /** How many traps have not been sprung once. */
  waiting(): number
}

/** No traps yet. */
export function createTraps<Event>(): Traps<Event> {
  const set: { readonly trap: Trap<Event>; seen: number }[] = []
  return {
    set: trap => void set.push({ trap, seen: 0 }),
    spring(event) {
      let due: Trap<Event> | undefined
      for (const one of set) {
        if (!one.trap.matches(event)) continue
        one.seen += 1
        const { nth, times = 1 } = one.trap
        if (one.seen >= nth && one.seen < nth + times) due ??= one.trap
      }
      return due === undefined ? forward : due.act(event)
    },
    waiting: () => set.filter(({ trap, seen }) => seen < trap.nth).length,
  }
}
