import type { WriteJournal } from '../../sdk/connector.ts'

/** What every request that changes something has to pass right before it is sent. */
export interface Gate {
  /** Makes the announcement of a request for these places of the batch. */
  announce(places: readonly number[], request: { readonly isRepeatable: boolean }): () => Promise<void>
  /** Throws why nothing more may be sent, once the host has said so: that comes before any other failure. */
  throwIfClosed(): void
}

/** Makes the gate of a batch. */
export function createGate(journal: Pick<WriteJournal, 'sending'>): Gate {
  let closed: { readonly reason: unknown } | undefined
  const gate: Gate = {
    announce: (places, request) => async () => {
      gate.throwIfClosed()
      try {
        await journal.sending(places, request)
      } catch (reason) {
        closed ??= { reason }
      }
      gate.throwIfClosed()
    },
    throwIfClosed() {
      if (closed !== undefined) throw closed.reason
    },
  }
  return gate
}
