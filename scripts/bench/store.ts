import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SandboxOptions } from '../../connectors/bigcommerce/sandbox/sandbox.ts'
import type { StoreQuestion, Traffic } from './store-process.ts'

/** The token of the contestants. */
export const contestantToken = 'sandbox-token'

/** The token of the app that is none of ours. */
export const strangerToken = 'stranger-token'

/** A sandbox store in a process of its own. */
export interface Store {
  readonly url: string
  /** The ids of all products in order. */
  keys(): Promise<readonly number[]>
  /** What has arrived since the count that was told before; at most the last 10,000 requests. */
  traffic(after?: number): Promise<Traffic>
  /** How many products have this manufacturer's number now. */
  tally(mpn: string): Promise<number>
  stop(): Promise<void>
}

/** Starts a store. */
export async function startStore(options: SandboxOptions): Promise<Store> {
  const settings = {
    ...options,
    tokens: [contestantToken, strangerToken].map(token => ({ accessToken: token, scopes: 'all' })),
  }
  const child = fork(join(import.meta.dirname, 'store-process.js'), [JSON.stringify(settings)])
  const { url } = (await answerOf(child)) as { url: string } // its first message
  const ask = async (question: StoreQuestion): Promise<unknown> => {
    const answer = answerOf(child)
    child.send(question)
    return answer
  }
  return {
    url,
    keys: async () => (await ask({ tag: 'keys' })) as number[], // of store-process.ts, as the two below
    traffic: async (after = 0) => (await ask({ tag: 'traffic', after })) as Traffic,
    tally: async mpn => (await ask({ tag: 'tally', mpn })) as number,
    async stop() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('the store has ended'))
    child.once('exit', onExit)
    child.once('message', message => {
      child.off('exit', onExit)
      resolve(message)
    })
  })
}
