import type { Tap } from './tcp-proxy.ts'
import type { Traps } from './traps.ts'

/** A moment of an HTTP exchange. */
export interface HttpEvent {
  /** `request`: its first bytes are here; `answer`: the first bytes of its answer are here, so it was applied. */
  readonly at: 'request' | 'answer'
  readonly method: string
  /** Path with query. */
  readonly path: string
}

/**
 * Sees requests and answers in the bytes of a connection. It counts on clients that send a request only after the answer
 * to the one before, as ours does.
 */
export function createHttpTap(traps: Traps<HttpEvent>): Tap {
  let asked: Omit<HttpEvent, 'at'> | undefined
  let isAnswering = true
  return {
    sent(piece) {
      // More of the body of a request that was seen already.
      if (!isAnswering) return { tag: 'forward' }
      isAnswering = false
      const [method = '', path = ''] = piece.subarray(0, 4_096).toString('latin1').split(' ', 2)
      asked = { method, path }
      return traps.spring({ at: 'request', ...asked })
    },
    answered() {
      if (isAnswering || asked === undefined) return { tag: 'forward' }
      isAnswering = true
      return traps.spring({ at: 'answer', ...asked })
    },
  }
}
