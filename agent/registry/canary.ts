import { Type } from '@sinclair/typebox'
import type { Redis } from 'ioredis'
import { toError } from '../errors.ts'
import { compileSchema } from '../schema.ts'

/** Lets one agent of a group try a release before the others take it. */
export interface Canary {
  /** Why this agent leaves a version to another one for now; undefined when it may take it. Never rejects. */
  reasonToWait(name: string, version: string): Promise<string | undefined>
  /** Keeps the others from a version that failed here. Never rejects. */
  warnOthers(name: string, version: string, reason: string): Promise<void>
}

/** What an agent says of a version it was the first to try. */
const trialSchema = Type.Object({
  agent: Type.String(),
  since: Type.String({ format: 'date-time' }),
  failed: Type.Optional(Type.String()),
})

/** Longer than any grace time; a version that nobody asks for any more is forgotten. */
const keptMs = 30 * 86_400_000

/** A lease per version in Redis: who writes it first is the canary. Without a grace time there is none. */
export function createCanary({
  redis,
  prefix,
  group,
  agent,
  graceMs,
  now = () => new Date(),
}: {
  readonly redis: Pick<Redis, 'set' | 'get'>
  readonly prefix: string
  readonly group: string
  readonly agent: string
  readonly graceMs: number
  readonly now?: () => Date
}): Canary {
  const keyOf = (name: string, version: string) => `${prefix}:canary:${group}:${name}:${version}`
  const check = compileSchema(trialSchema)

  async function ask(name: string, version: string): Promise<string | undefined> {
    const key = keyOf(name, version)
    const own = JSON.stringify({ agent, since: now().toISOString() })
    if ((await redis.set(key, own, 'PX', keptMs, 'NX')) === 'OK') return undefined
    const checked = check(JSON.parse((await redis.get(key)) ?? own))
    if (!checked.ok || checked.value.agent === agent) return undefined
    const { agent: first, since, failed } = checked.value
    if (failed !== undefined) return `failed on agent ${first}: ${failed}`
    const until = new Date(Date.parse(since) + graceMs)
    return now() >= until ? undefined : `is tried by agent ${first} first, until ${until.toISOString()}`
  }

  return {
    async reasonToWait(name, version) {
      if (graceMs === 0) return undefined
      try {
        return await ask(name, version)
      } catch (thrown) {
        return `waits for redis, by which the group agrees: ${toError(thrown).message}`
      }
    },
    async warnOthers(name, version, reason) {
      const text = JSON.stringify({ agent, since: now().toISOString(), failed: reason })
      // Without Redis they find out by themselves.
      if (graceMs > 0) await redis.set(keyOf(name, version), text, 'PX', keptMs).catch(() => undefined)
    },
  }
}
