/** Which pages are fetched, and how. */
export interface PageRange {
  readonly from: number
  /** Inclusive; may be infinite. */
  readonly to: number
  /** How many are fetched at the same time. */
  readonly ahead: number
  readonly signal: AbortSignal
}

/**
 * Fetches numbered pages, several at once, and yields them in order; holds no more than `ahead` of them. When the
 * reader stops or one fails, the requests on their way are aborted and waited for.
 */
export async function* inOrder<T>(
  { from, to, ahead, signal }: PageRange,
  fetch: (page: number, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<T> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const window: Promise<T>[] = []
  let next = from
  const fill = () => {
    for (; window.length < ahead && next <= to; next += 1) {
      const page = fetch(next, both)
      // It may fail long before its turn comes, or never be looked at.
      page.catch(() => undefined)
      window.push(page)
    }
  }
  try {
    fill()
    for (let head = window.shift(); head !== undefined; head = window.shift()) {
      const page = await head
      // The next request goes out before the reader works on this page.
      fill()
      yield page
    }
  } finally {
    stop.abort(new Error('the reader has stopped'))
    await Promise.allSettled(window)
  }
}
