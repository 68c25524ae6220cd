import { Redis, type RedisOptions } from 'ioredis'

/** What the owner of a connection wants to know of it; each called once per change. */
export interface RedisWatcher {
  readonly onUp: () => void
  /** `problem` says why, without credentials. */
  readonly onDown: (problem: string) => void
}

/**
 * What a connection is for decides what happens while Redis is away: `queue` waits however long it takes, as a worker
 * should; `request` fails within seconds, as somebody waits for an answer. A connection whose other end vanished without
 * a word (a firewall forgot it, a machine was unplugged) would be waited on for ever: one that owes an answer for
 * `socketTimeout` is given up for another. A queue may wait 10 s for a job before Redis answers.
 */
const purposes = {
  queue: { maxRetriesPerRequest: null, socketTimeout: 20_000 },
  request: { maxRetriesPerRequest: 1, commandTimeout: 5_000, socketTimeout: 6_000 },
} as const satisfies { readonly [purpose: string]: RedisOptions }

const maxReconnectDelayMs = 2_000

/** A connection that comes back by itself for as long as it lives. Whoever opens it ends it with `disconnect()`. */
export function openRedis(url: string, purpose: keyof typeof purposes, watcher?: RedisWatcher): Redis {
  const redis = new Redis(url, {
    ...purposes[purpose],
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: attempt => Math.min(attempt * 100, maxReconnectDelayMs),
  })
  let isUp: boolean | undefined
  let problem = 'the connection was closed'
  const down = () => {
    if (isUp !== false) watcher?.onDown(problem)
    isUp = false
  }
  redis.on('ready', () => {
    isUp = true
    watcher?.onUp()
  })
  // Without a listener ioredis prints errors to the console.
  redis.on('error', (error: Error) => {
    problem = error.message === '' ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message
    if (redis.status !== 'ready') down()
  })
  redis.on('close', down)
  return redis
}
