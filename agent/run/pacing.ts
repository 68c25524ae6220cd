import { createHash, randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { PacedRequest, Pacing } from '../../connectors/sdk/connector.ts'
import type { AgentLogger } from '../logs/loggers.ts'
import { type Ask, createAsker, type Reply } from './pacing/script.ts'
import { createTurns, type Turns } from './pacing/turns.ts'

/** Pacing as the host knows it: connectors get one that names the connection they work for. */
export interface HostPacing {
  /** What `connector` gets. `kind`: what its requests are, whatever the connector takes them for. */
  over(connection: string, connector: string, kind?: PacedRequest['kind']): Pacing
  /** Tells Redis what is over; the connection stays open. */
  close(): Promise<void>
}

/** What pacing works with. */
export interface PacingParts {
  /** Shared with the other runners and agents, whatever their group. Fails within seconds while Redis is away. */
  readonly redis: Redis
  readonly prefix: string
  readonly logger: AgentLogger
}

/** Somebody who waits for his turn must not wait for Redis for longer. */
const patienceMs = 1_000
/** After Redis was slow it is left alone for so long. */
const restMs = 2_000

/**
 * Paces requests per account, together with all that use the same Redis and prefix: no two of them spend the same
 * request of a quota. While Redis is away each process goes on by itself at a cautious rate.
 */
export function createPacing({ redis, prefix, logger }: PacingParts): HostPacing {
  const accounts = new Map<string, Turns>()
  const process = randomBytes(6).toString('hex')
  const askRedis = createAsker(redis, prefix)
  let count = 0
  let isAlone = false
  let restUntil = 0

  async function ask(hash: string, question: Ask): Promise<Reply | undefined> {
    if (redis.status !== 'ready' || performance.now() < restUntil) return goOnAlone('redis is not connected')
    try {
      const reply = await withinPatience(askRedis(hash, question))
      if (isAlone) logger.info({}, 'requests are paced together with all agents again')
      isAlone = false
      return reply
    } catch (thrown) {
      restUntil = performance.now() + restMs
      return goOnAlone((thrown as Error).message) // ioredis and we throw nothing else
    }
  }

  function goOnAlone(problem: string): undefined {
    if (!isAlone) logger.warn({ problem }, 'redis does not answer: this runner paces its requests alone, cautiously')
    isAlone = true
  }

  function turnsOf(account: string): Turns {
    const known = accounts.get(account)
    if (known !== undefined) return known
    // Nobody who looks into Redis needs to know the store.
    const hash = createHash('sha256').update(account).digest('hex').slice(0, 24)
    const newId = () => `${process}-${(count++).toString(36)}`
    const made = createTurns({ process, newId, ask: question => ask(hash, question) })
    accounts.set(account, made)
    return made
  }

  return {
    over: (connection, _connector, kind) => ({
      async acquire(account, request, signal) {
        const turns = turnsOf(account)
        turns.name(connection)
        return turns.acquire(kind === undefined ? request : { ...request, kind }, signal)
      },
      report: (account, quota) => turnsOf(account).report(quota),
      hold: (account, waitMs, cause) => turnsOf(account).hold(waitMs, cause),
    }),
    async close() {
      await Promise.all([...accounts.values()].map(turns => turns.close()))
    },
  }
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
