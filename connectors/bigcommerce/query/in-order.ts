import { setMaxListeners } from 'node:events'

/** Which pages are fetched, and how. */
export interface PageRange<T> {
  readonly from: number
  /** Inclusive; may be infinite. */
  readonly to: number
  /** The most that are fetched or held at the same time. */
  readonly ahead: number
  /** How many of them at first, when the number is to follow need; absent: `ahead`, always. */
  readonly aheadAtFirst?: number
  /** Bytes a page takes; no more pages are held than fit into the memory for them. Absent: nothing is weighed. */
  readonly weigh?: (page: T) => number
  readonly signal: AbortSignal
}

/** Memory for pages that wait for the reader, in bytes of JSON. */
const mostBytes = 16 * 1_048_576

/**
 * Fetches numbered pages, several at once, and yields them in order; holds no more than `ahead` of them. Where the
 * number follows need, each wait of the reader doubles it, and pages that pile up take from it: a distant store is asked
 * for many pages at once, and a slow reader does not fill the memory. When the reader stops or a fetch fails, the
 * requests on their way are aborted and waited for.
 */
export async function* inOrder<T>(
  range: PageRange<T>,
  fetch: (page: number, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<T> {
  const stop = new AbortController()
  const signal = AbortSignal.any([range.signal, stop.signal])
  // Each request listens, and so may each of its parts.
  setMaxListeners(4 * range.ahead, signal)
  const lanes = createLanes(range)
  const window: Lane<T>[] = []
  let next = range.from
  const fill = () => {
    for (; window.length < lanes.count() && next <= range.to; next += 1) window.push(laneOf(fetch(next, signal)))
  }
  try {
    fill()
    for (let head = window.shift(); head !== undefined; head = window.shift()) {
      const isLate = !head.isHere
      const page = await head.page
      lanes.adapt(page, isLate, window.filter(({ isHere }) => isHere).length)
      // The next request goes out before the reader works on this page.
      fill()
      yield page
    }
  } finally {
    stop.abort(new Error('the reader has stopped'))
    await Promise.allSettled(window.map(({ page }) => page))
  }
}

/** A page on its way or here. */
interface Lane<T> {
  readonly page: Promise<T>
  isHere: boolean
}

function laneOf<T>(page: Promise<T>): Lane<T> {
  const lane = { page, isHere: false }
  const arrive = () => {
    lane.isHere = true
  }
  // It may fail long before its turn comes, or never be looked at.
  page.then(arrive, arrive)
  return lane
}

interface Lanes<T> {
  count(): number
  /** Learns from a page whose turn has come, and from how many wait behind it. */
  adapt(page: T, isLate: boolean, waiting: number): void
}

function createLanes<T>({ ahead, aheadAtFirst = ahead, weigh }: PageRange<T>): Lanes<T> {
  const least = Math.min(aheadAtFirst, ahead)
  let wanted = least
  let fitting = ahead
  return {
    count: () => Math.min(wanted, fitting),
    adapt(page, isLate, waiting) {
      if (isLate) wanted = Math.min(wanted * 2, ahead)
      else if (waiting > wanted / 2) wanted = Math.max(wanted - 1, least)
      const bytes = weigh?.(page) ?? 0
      if (bytes > 0) fitting = Math.min(Math.max(Math.floor(mostBytes / bytes), 1), ahead)
    },
  }
}
