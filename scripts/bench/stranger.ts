import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { strangerToken } from './store.ts'

/** An app of somebody else on the same store: it asks so often in each window, evenly, until the signal. */
export async function actAsStranger(
  url: string,
  { perWindow, windowMs }: { readonly perWindow: number; readonly windowMs: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { body } = await request(`${url}/stores/sandbox/v3/catalog/summary`, {
      headers: { 'x-auth-token': strangerToken },
      signal,
    })
    await body.dump()
    await sleep(windowMs / perWindow, undefined, { signal })
  }
}
