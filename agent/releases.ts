import { toError } from './errors.ts'

/** What has been opened and has to be released, last in first out. */
export interface Releases {
  /** Remembers how to release what was just opened. */
  add(name: string, release: () => unknown): void
  /** Releases everything; one that fails does not stop the others, it is told to `onFailure`. */
  releaseAll(onFailure: (name: string, error: Error) => void): Promise<void>
}

/** An empty pile. */
export function createReleases(): Releases {
  const pile: { readonly name: string; readonly release: () => unknown }[] = []
  return {
    add: (name, release) => void pile.push({ name, release }),
    async releaseAll(onFailure) {
      for (let top = pile.pop(); top !== undefined; top = pile.pop()) {
        try {
          await top.release()
        } catch (thrown) {
          onFailure(top.name, toError(thrown))
        }
      }
    },
  }
}
