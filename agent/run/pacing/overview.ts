import type { Redis } from 'ioredis'
import { indexKey, keyOf } from './script.ts'

/** How the requests to one account stand, as all agents that share a Redis know it. */
export interface PacedAccount {
  /** A hash; which account it is, the connections tell. */
  readonly id: string
  /** Connections of the agents' projects that used it in the last day. */
  readonly connections: readonly string[]
  /** Of the current window; absent until an answer has told of it. */
  readonly window?: {
    readonly quota: number
    readonly windowMs: number
    readonly left: number
    readonly endsInMs: number
    readonly used: number
    /** By anybody else, as far as answers have told. */
    readonly usedByOthers: number
  }
  readonly inFlight: readonly { readonly endpoint: string; readonly requests: number }[]
  readonly waiting: number
  /** Requests let through, and how long they waited for it all together, since the account was first used. */
  readonly sent: number
  readonly waitedMs: number
  /** Nobody sends for so long, because the vendor said so or is busy. */
  readonly heldMs: number
  /** While the vendor is busy no more requests than this are on their way at once. */
  readonly mostInFlight?: number
}

/** Reads the state of all accounts used in the last day. Rejects when Redis does not answer. */
export async function readPacing(redis: Redis, prefix: string): Promise<readonly PacedAccount[]> {
  const now = await redis
    .time()
    .then(([seconds, micros]) => Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000))
  const ids = await redis.zrangebyscore(indexKey(prefix), now - keptMs, '+inf')
  const accounts = await Promise.all(ids.map(id => readAccount(redis, keyOf(prefix, id), { id, now })))
  return accounts.filter(account => account !== undefined)
}

const keptMs = 86_400_000
/** As in the script: what was let through longer ago is not on its way any more. */
const flightMs = 30_000

/** What the script keeps, as far as it is shown. */
interface State {
  readonly quota: number
  readonly windowMs: number
  readonly left: number
  readonly endsAt: number
  readonly used: number
  readonly others: number
  readonly heldUntil: number
  readonly cap: number
  readonly sent: number
  readonly waitedMs: number
}

async function readAccount(
  redis: Redis,
  key: string,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<PacedAccount | undefined> {
  const [text, flying, queue, names] = await Promise.all([
    redis.get(key),
    redis.zrangebyscore(`${key}:flight`, now - flightMs, '+inf'),
    redis.hvals(`${key}:queue`),
    redis.hkeys(`${key}:names`),
  ])
  if (text === null) return undefined
  const state = JSON.parse(text) as State // written by the script
  return {
    id,
    connections: names.sort(),
    ...windowOf(state, now),
    inFlight: countByEndpoint(flying),
    waiting: queue
      .map(each => each.split(' ').map(Number))
      .reduce((sum, [n = 0, until = 0]) => sum + (until > now ? n : 0), 0),
    sent: state.sent,
    waitedMs: state.waitedMs,
    heldMs: Math.max(0, state.heldUntil - now),
    ...(state.cap > 0 ? { mostInFlight: Math.floor(state.cap) } : {}),
  }
}

function windowOf({ quota, windowMs, left, endsAt, used, others }: State, now: number): Pick<PacedAccount, 'window'> {
  if (left < 0 || now >= endsAt) return {}
  return { window: { quota, windowMs, left, endsInMs: endsAt - now, used, usedByOthers: others } }
}

/** Members are `<id> <endpoint>`. */
function countByEndpoint(members: readonly string[]): PacedAccount['inFlight'] {
  const counts = new Map<string, number>()
  for (const member of members) {
    const endpoint = member.slice(member.indexOf(' ') + 1)
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
  }
  return [...counts].sort().map(([endpoint, requests]) => ({ endpoint, requests }))
}
