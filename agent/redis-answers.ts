import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { AgentError, errorCode, toError } from './errors.ts'

/** What Redis answers. Throws REDIS_UNAVAILABLE for whatever comes instead. */
export async function answerOfRedis<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const cause = toError(thrown)
    throw new AgentError('REDIS_UNAVAILABLE', `redis does not answer: ${cause.message}`, { cause })
  }
}

/** The same for somebody who waits: a connection that is not up is not waited for. */
export async function answerAtOnce<T>(redis: Pick<Redis, 'status'>, work: () => Promise<T>): Promise<T> {
  if (redis.status !== 'ready') throw new AgentError('REDIS_UNAVAILABLE', 'redis cannot be reached')
  return answerOfRedis(work)
}

/**
 * Does work again until Redis is there for it. Throws what else the work throws, and the signal's reason. `onAway` is
 * called each time that Redis did not answer.
 */
export async function untilRedisAnswers<T>(
  work: () => Promise<T>,
  {
    everyMs,
    signal,
    onAway,
  }: { readonly everyMs: number; readonly signal: AbortSignal; readonly onAway?: (error: unknown) => void },
): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (thrown) {
      if (errorCode(thrown) !== 'REDIS_UNAVAILABLE') throw thrown
      onAway?.(thrown)
      await sleep(everyMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}
