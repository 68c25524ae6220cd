import type { Page } from '../../connectors/sdk/connector.ts'
import { atMost } from '../at-most.ts'
import { errorCode } from '../errors.ts'

/** How long a connector may take to heed an abort before the run goes on without it. */
const graceMs = 5_000

/**
 * The work's own result; but when the signal has aborted and the work does not end within the grace time, rejects with
 * the signal's reason. A connector that hangs must not hold up a cancel.
 */
export function withinGrace<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let patience: NodeJS.Timeout | undefined
  const given = new Promise<never>((_resolve, reject) => {
    const onAbort = () => {
      patience = setTimeout(() => reject(signal.reason), graceMs).unref()
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const over = () => {
      clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
    }
    work.then(over, over)
  })
  return Promise.race([work, given])
}

/** How long what is on its way to a target is waited for: longer when the run goes on later, with somebody waiting less. */
const settleMs = { handBack: 8_000, end: 4_000 }

/**
 * Aborts with the signal, but later: of a write that is cut off nobody knows whether it was applied. Only when the run is
 * another's it aborts at once.
 */
export function writeSignal(signal: AbortSignal): AbortSignal {
  const patient = new AbortController()
  const abort = () => {
    const code = errorCode(signal.reason)
    if (code === 'RUN_LOST') return patient.abort(signal.reason)
    const waitMs = code === 'AGENT_STOPPING' ? settleMs.handBack : settleMs.end
    setTimeout(() => patient.abort(signal.reason), waitMs).unref()
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return patient.signal
}

/** The pages of a source, given up on when it hangs after an abort; the source's iterator is always told to return. */
export async function* pagesWithinGrace(pages: AsyncIterable<Page>, signal: AbortSignal): AsyncGenerator<Page> {
  const iterator = pages[Symbol.asyncIterator]()
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await withinGrace(iterator.next(), signal)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await atMost(Promise.resolve(iterator.return?.()), graceMs)
  }
}
